// Evaluation, gradients and resumed training of a compiled case.
#pragma once

#include "conformance/corpus.h"
#include "hornbeam/model.hpp"
#include "hornbeam/saving.hpp"

namespace conformance {

struct Mismatch {
  std::string text;
};

// The file does not carry what training goes on from; all else was compared.
struct NotCarried {
  std::string reason;
  int comparisons;
};

// Compares every array of evaluate.json, grads/ and continue/ the case carries; the number of comparisons made. Where
// an archive lacks the optimizer, what its Keras comes to from there stands for continue/. Throws Mismatch;
// NotImplementedError naming what the project cannot train with yet; NotCarried, as `report` (of the load) tells.
int check_training(const Case& c, hornbeam::Model& model, const hornbeam::LoadReport& report);

}  // namespace conformance
