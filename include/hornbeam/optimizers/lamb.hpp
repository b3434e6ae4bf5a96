// Lamb.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

// Keras 3 alone.
struct LambOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  HB_OPTIMIZER_OPTIONS
};

Optimizer Lamb(const LambOptions& options = {});

}  // namespace hornbeam::optimizers
