// ScheduleFreeAdamW.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

// Keras 3 alone. Variables are a blend of the sequence that is trained (slot "momentum") and of its average.
struct ScheduleFreeAdamWOptions {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t warmup_steps = 0;
  HB_OPTIMIZER_OPTIONS
};

Optimizer ScheduleFreeAdamW(const ScheduleFreeAdamWOptions& options = {});

}  // namespace hornbeam::optimizers
