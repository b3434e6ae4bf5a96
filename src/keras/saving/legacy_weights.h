// Kernels as Keras 1 and other backends laid them out.
#pragma once

#include "hornbeam/layer.hpp"

namespace hornbeam {

// The order of the file's dims that gives the variable's shape, when Keras would transpose too
// (preprocess_weights_for_loading); empty when it would not.
std::vector<std::int64_t> legacy_permutation(const Layer& layer, const Shape& wanted, const Shape& found);

}  // namespace hornbeam
