// Lion: steps of the sign of the momentum. Since 2.12.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

struct LionOptions {
  std::optional<LearningRate> learning_rate = {};  // 0.0001, of Keras 3's 0.001
  double beta_1 = 0.9;                             // ValueError unless above 0 and at most 1
  double beta_2 = 0.99;
  HB_OPTIMIZER_OPTIONS
};

Optimizer Lion(const LionOptions& options = {});

}  // namespace hornbeam::optimizers
