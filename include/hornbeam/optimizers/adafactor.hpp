// Adafactor.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

// Since 2.11. `relative_step` changes nothing, in Keras neither: the rate is at most 1 / sqrt(step) in any case.
struct AdafactorOptions {
  LearningRate learning_rate = 0.001;
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1.0;
  bool relative_step = true;
  HB_OPTIMIZER_OPTIONS
};

Optimizer Adafactor(const AdafactorOptions& options = {});

}  // namespace hornbeam::optimizers
