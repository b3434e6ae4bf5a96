// The compile_config of `.keras` archives: what compile() was called with.
#pragma once

#include "hornbeam/model.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/saving/v3_weights_write.h"

namespace hornbeam {

// The compiled model's optimizer as an archive, or a file of its weights, holds it: 2.15 keeps no state of its legacy
// ones there, so they go as new ones where these compute the same. Null when the model is not compiled.
Optimizer optimizer_in_archive(const Model& model, Target target, SaveReport& report);

// Both of that optimizer. The config as that Keras writes it; null when the model is not compiled and what it came with
// cannot be said there (which the report then tells).
Config compile_config_for(const Model& model, const Optimizer& optimizer, Target target, SaveReport& report);
OptimizerState optimizer_state_for(const Model& model, const Optimizer& optimizer, Target target, SaveReport& report);

}  // namespace hornbeam
