// Weights whose shape follows from what a layer learned: they take the shape of what a file holds.
#pragma once

#include <unordered_map>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// All of them in `root`, and the layers that have them.
using SizableWeights = std::unordered_map<const VariableNode*, Layer*>;
SizableWeights sizable_weights(Layer& root);

// The weight of this shape that has taken `variable`'s place in its layer. Null when its shape is fixed, as nearly all
// are.
Variable sized_weight(const SizableWeights& weights, const Variable& variable, const Shape& shape);

// Would there be one?
bool can_be_sized(const SizableWeights& weights, const Variable& variable, const Shape& shape);

}  // namespace hornbeam
