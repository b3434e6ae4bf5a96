// The compile_config of `.keras` archives: what compile() was called with.
#pragma once

#include "hornbeam/model.hpp"
#include "keras/saving/v3_weights_write.h"

namespace hornbeam {

// As that Keras writes it; null when the model is not compiled, or when that cannot be said there (which the report
// then tells).
Config compile_config_for(const Model& model, Target target, SaveReport& report);

// The state of the compiled model's optimizer as such an archive, or a file of its weights, holds it: 2.15 keeps none
// of its legacy ones there, so they go as new ones where these compute the same. None of a model that is not compiled.
OptimizerState optimizer_state_for(const Model& model, Target target, SaveReport& report);

}  // namespace hornbeam
