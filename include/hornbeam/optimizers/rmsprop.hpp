// RMSprop.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
  HB_OPTIMIZER_OPTIONS
};

Optimizer RMSprop(const RMSpropOptions& options = {});

}  // namespace hornbeam::optimizers
