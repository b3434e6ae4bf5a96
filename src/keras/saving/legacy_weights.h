// Which weights a layer's H5 group lists.
#pragma once

#include "hornbeam/model.hpp"

namespace hornbeam {

// Trainable weights first, by the flags the model has now.
std::vector<Variable> legacy_weights(const Layer& layer);
// Those that a model itself holds, in the same order.
std::vector<Variable> top_level_weights(const Model& model);

}  // namespace hornbeam
