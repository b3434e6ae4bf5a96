// Adadelta.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  HB_OPTIMIZER_OPTIONS
};

Optimizer Adadelta(const AdadeltaOptions& options = {});

}  // namespace hornbeam::optimizers
