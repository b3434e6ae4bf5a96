// Evaluation, gradients and resumed training of a compiled case.
#pragma once

#include "conformance/corpus.h"
#include "hornbeam/model.hpp"
#include "hornbeam/saving.hpp"

namespace conformance {

struct Mismatch {
  std::string text;
};

// The file does not carry what all of the training needs; the rest was compared.
struct NotCarried {
  std::string reason;
  int comparisons;
};

// Compares every array of evaluate.json, grads/ and continue/ the case carries; the number of comparisons made. Where
// an archive lacks the optimizer, what its Keras comes to from there stands for continue/. Throws Mismatch;
// NotImplementedError naming what the project cannot train with yet; NotCarried where the format loses what the
// results need.
int check_training(const Case& c, hornbeam::Model& model, const hornbeam::LoadReport& report);

// Where the case tells of a call with training=True from the saved state: its outputs, and the weights that it changes.
// The model's weights are as before. The number of comparisons made. Throws Mismatch.
int check_training_call(const Case& c, hornbeam::Model& model);

}  // namespace conformance
