// Comparing two models: what they are, hold and do. What `hornbeam diff` shows, and the proof of `hornbeam migrate`.
//
//   const auto found = hb::models::compare(before, after, {.run = true});
//   if (!found.equal()) std::cout << found.to_string();
//
// Thread-safety: as Model::fit of both models (`run` has the second work in the first's Keras for a moment); `run` and
// `train` call utils::set_random_seed, so that both draw the same numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/model.hpp"

namespace hornbeam {

// The arrays of one kind that both models have: their weights, predictions ...
struct ArrayComparison {
  // "weights", "optimizer", "predictions", "gradients", "loss and metrics", "trained weights" ...
  std::string part;
  std::size_t arrays = 0;     // that were compared
  double max_difference = 0;  // of the two arrays furthest apart; infinity where dtypes, shapes, strings or NaN differ
  double largest = 0;         // absolute value of any element of the first of them
  std::string where;          // which two these are, and how they differ; empty when all are equal
  // Each array is judged by its own largest element: how far those two are apart in units of it. What is computed
  // (predictions, gradients, results of training) has rounding errors where it is next to nothing, so there 1e-3 counts
  // as the least largest element; what is stored has none. Whole numbers and counters differ infinitely or not at all.
  double relative = 0;
  bool within(double tolerance) const { return relative <= tolerance; }
};

struct ModelComparison {
  // What differs in both configs, and in what compile() was told: "layers[1].units: 8 and 16".
  std::vector<std::string> config;
  std::vector<ArrayComparison> arrays;    // what was compared
  std::vector<std::string> not_compared;  // what could not be, and why: no equality without it
  std::vector<std::string> unfit;         // what neither can do with the data that was given: no equality without it
  std::vector<std::string> unproved;      // what neither model can do, both for the same reason
  // Differences that the models' Kerases are known for, and no more than these make: they do not count.
  std::vector<std::string> explained;
  std::vector<std::string>
      left_out;  // what is not there to compare, and why ("weights: ... is a config"): no difference
  double tolerance = 0;
  // All was compared, and nothing differs.
  bool equal() const;
  // As far as both models could be asked.
  bool equal_but_unproved() const;
  // Not merely that not all could be compared: something is apart, or only one of the models can do it.
  bool differs() const;
  // {"equal", "tolerance", "arrays": [{"part", "arrays", "max_difference", "largest", "relative", "where", "within"}],
  // and the lists above by their names}; null for infinity, which JSON has not.
  Config to_config() const;
  // A line for each part.
  std::string to_string() const;
};

struct CompareOptions {
  bool config = true;  // as both say it in one dialect
  bool weights = true;
  bool optimizer = true;
  // Also predictions, and the gradients of the loss (of the outputs' sum without one).
  bool run = false;
  // Also one step of training, of both models, whose weights and optimizers move.
  bool train = false;
  // What they run on, as Model::train_on_batch takes it: the first dim is the batch's. Made up where nothing is given:
  // floats in [0, 1), rows of embeddings, words of the vocabulary; and to predict alone also floats in [-4, 8) with
  // masked steps, unless both models refuse such for the same reason. Given data that neither model takes proves
  // nothing: it is told in `unfit`.
  Values x = {}, y = {};
  std::int64_t batch = 8;   // of made-up data
  double tolerance = 1e-5;  // ArrayComparison::within
};

namespace models {

// Never throws for what differs, or cannot be compared: the result tells.
ModelComparison compare(const ModelRef& a, const ModelRef& b, const CompareOptions& options = {});

}  // namespace models
}  // namespace hornbeam
