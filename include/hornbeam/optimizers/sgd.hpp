// Stochastic gradient descent.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  HB_OPTIMIZER_OPTIONS
};

Optimizer SGD(const SGDOptions& options = {});

}  // namespace hornbeam::optimizers
