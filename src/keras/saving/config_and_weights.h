// Models that came in two files: a config and weights.
#pragma once

#include <string>

#include "hornbeam/saving.hpp"

namespace hornbeam {

// models::load_weights into a model that was read from a config. Throws ValueError also where some of its weights get
// no values. What options.report says of the config stays: it then tells of both.
void load_weights_of_config(Model& model, const std::string& weights, const LoadWeightsOptions& options);

}  // namespace hornbeam
