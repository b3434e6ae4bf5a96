// Adagrad.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;  // ValueError when negative, of a legacy one
  double epsilon = 1e-7;                   // legacy: beside the root, else under it
  HB_OPTIMIZER_OPTIONS
};

Optimizer Adagrad(const AdagradOptions& options = {});

}  // namespace hornbeam::optimizers
