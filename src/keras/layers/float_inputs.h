// Integers that come where floats are usual.
#pragma once

#include "hornbeam/ops_array.hpp"

namespace hornbeam {

// Integers and bools as `dtype`, the layer's; floats stay as they are, for autocasting has been at them.
inline Tensor as_floats(const Tensor& x, DType dtype) {
  return is_integer(x.dtype()) || x.dtype() == DType::boolean ? ops::cast(x, dtype) : x;
}

// What Keras 3's normalizations give for integers: floats that were cut to the integers of the inputs before.
inline Tensor cut_as(const Tensor& y, const Tensor& inputs) {
  return is_integer(inputs.dtype()) ? ops::cast(ops::cast(y, inputs.dtype()), y.dtype()) : y;
}

}  // namespace hornbeam
