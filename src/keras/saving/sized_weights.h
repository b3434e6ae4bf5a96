// Weights whose shape follows from what a layer learned: they take the shape of what a file holds.
#pragma once

#include <unordered_map>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// The weight of this shape that has taken `variable`'s place in a layer of `root`'s. Null when its shape is fixed, as
// nearly all are.
Variable sized_weight(Layer& root, const Variable& variable, const Shape& shape);

// All that can take another shape, and the layers that have them.
using SizableWeights = std::unordered_map<const VariableNode*, const Layer*>;
SizableWeights sizable_weights(const Layer& root);
// Would there be one?
bool can_be_sized(const SizableWeights& weights, const Variable& variable, const Shape& shape);

}  // namespace hornbeam
