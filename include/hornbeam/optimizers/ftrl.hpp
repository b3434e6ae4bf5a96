// Ftrl: follow the regularized leader.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

// ValueError in Keras's words for a positive learning_rate_power and for other negative values.
struct FtrlOptions {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0.0;
  double l2_regularization_strength = 0.0;
  double l2_shrinkage_regularization_strength = 0.0;
  double beta = 0.0;  // since 2.4
  HB_OPTIMIZER_OPTIONS
};

Optimizer Ftrl(const FtrlOptions& options = {});

}  // namespace hornbeam::optimizers
