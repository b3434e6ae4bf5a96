// Which weights a layer's H5 group lists, and kernels as Keras 1 and other backends laid them out.
#pragma once

#include "hornbeam/model.hpp"

namespace hornbeam {

// Trainable weights first, by the flags the model has now.
std::vector<Variable> legacy_weights(const Layer& layer);
// Those that a model itself holds, in the same order.
std::vector<Variable> top_level_weights(const Model& model);

// The order of the file's dims that gives the variable's shape, when Keras would transpose too
// (preprocess_weights_for_loading); empty when it would not.
std::vector<std::int64_t> legacy_permutation(const Layer& layer, const Shape& wanted, const Shape& found);

}  // namespace hornbeam
