// Adamax: Adam with the largest gradient instead of the mean of squares.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

struct AdamaxOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  HB_OPTIMIZER_OPTIONS
};

Optimizer Adamax(const AdamaxOptions& options = {});

}  // namespace hornbeam::optimizers
