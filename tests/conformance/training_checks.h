// Evaluation, gradients and resumed training of a compiled case.
#pragma once

#include "conformance/corpus.h"
#include "hornbeam/model.hpp"

namespace conformance {

struct Mismatch {
  std::string text;
};

// Compares every array of evaluate.json, grads/ and continue/ the case carries; the number of comparisons made. Throws
// Mismatch; NotImplementedError naming what the project cannot train with yet.
int check_training(const Case& c, hornbeam::Model& model);

}  // namespace conformance
