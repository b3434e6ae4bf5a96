// Nadam: Adam with Nesterov's momentum.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

struct NadamOptions {
  LearningRate learning_rate = 0.001;  // legacy: no schedule (ValueError)
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  // Legacy: how fast the momentum grows to beta_1 (its `decay` is this one); the others: 1.
  double schedule_decay = 0.004;
  HB_OPTIMIZER_OPTIONS
};

Optimizer Nadam(const NadamOptions& options = {});

}  // namespace hornbeam::optimizers
