// Comparing two models: what they are, hold and do. What `hornbeam diff` shows, and the proof of `hornbeam migrate`.
//
//   const auto found = hb::models::compare(before, after, {.run = true});
//   if (!found.equal()) std::cout << found.to_string();
//
// Thread-safety: as Model::predict; with `train` as Model::fit, of both models.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/model.hpp"

namespace hornbeam {

// The arrays of one kind that both models have: their weights, predictions ...
struct ArrayComparison {
  std::string part;        // "weights", "optimizer", "predictions", "gradients", "loss and metrics", "trained weights"
  std::size_t arrays = 0;  // that were compared
  double max_difference = 0;  // of any two elements; infinity where dtypes, shapes, strings or NaN differ
  double largest = 0;         // absolute value of any element of the first model's arrays
  std::string where;          // whose arrays are that far apart, and how; empty when all are equal
  // At most so far apart, in units of the largest element.
  bool within(double tolerance) const;
};

struct ModelComparison {
  std::vector<std::string> config;        // what differs in both configs: "layers[1].units: 8 and 16"
  std::vector<ArrayComparison> arrays;    // what was compared
  std::vector<std::string> not_compared;  // what could not be, and why
  double tolerance = 0;
  bool equal() const;
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
  // Also one step of training, of both models, whose weights and optimizers move; and utils::set_random_seed, so that
  // both draw the same numbers.
  bool train = false;
  Values x = {}, y = {};    // what they run on; made up where nothing is given: floats in [0, 1), rows of embeddings
  std::int64_t batch = 8;   // of made-up data
  double tolerance = 1e-5;  // ArrayComparison::within
};

namespace models {

// Never throws for what differs, or cannot be compared: the result tells.
ModelComparison compare(const ModelRef& a, const ModelRef& b, const CompareOptions& options = {});

}  // namespace models
}  // namespace hornbeam
