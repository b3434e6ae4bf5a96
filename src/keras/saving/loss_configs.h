// Losses and their weights in training configs.
#pragma once

#include "hornbeam/training.hpp"

namespace hornbeam {

struct LossConfigs {
  Config losses, weights;
};

// compile()'s losses and loss weights as that Keras reads them; `outputs` are the model's. Keras 3 wants to hear of
// each output when it hears of one by name, and losses and weights in the same form.
LossConfigs loss_configs(const CompileOptions& options, const std::vector<std::string>& outputs, Target target);

// A training config's losses under their functions' full names: Keras 3 compiles with "mse", but cannot read it from
// H5.
Config with_full_names(const Config& losses);

}  // namespace hornbeam
