// Adam and AdamW.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  HB_OPTIMIZER_OPTIONS
};

// Adam that decays unasked. Since 2.11. ValueError without a weight_decay.
struct AdamWOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  HB_OPTIMIZER_OPTIONS_DECAYING(0.004)
};

Optimizer Adam(const AdamOptions& options = {});
Optimizer AdamW(const AdamWOptions& options = {});

}  // namespace hornbeam::optimizers
