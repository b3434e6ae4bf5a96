// A dim that is known only when it runs.
#pragma once

#include "hornbeam/ops_array.hpp"

namespace hornbeam {

// An int32 scalar.
inline Tensor dim_of(const Tensor& x, std::int64_t axis) {
  return ops::strided_slice(ops::shape(x), {axis}, {axis + 1}, {1}, {.shrink_axis_mask = 1});
}
// The same, a constant where it is known.
inline Tensor known_dim_of(const Tensor& x, std::size_t axis) {
  const auto known = x.shape()[axis];
  return known >= 0 ? Tensor::scalar(static_cast<std::int32_t>(known)) : dim_of(x, static_cast<std::int64_t>(axis));
}

}  // namespace hornbeam
