// Integer tensors read as int64s: shapes, axes, paddings.
#pragma once

#include <cstdint>
#include <vector>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Throws TypeError when the tensor does not hold integers.
inline std::vector<std::int64_t> int_values(const Tensor& t) {
  if (t.dtype() == DType::int64) {
    const auto v = t.data<std::int64_t>();
    return {v.begin(), v.end()};
  }
  const auto v = t.data<std::int32_t>();
  return {v.begin(), v.end()};
}

inline Tensor int32_vector(const std::vector<std::int64_t>& values) {
  std::vector<std::int32_t> v(values.begin(), values.end());
  return Tensor::from<std::int32_t>({static_cast<std::int64_t>(v.size())}, v);
}

}  // namespace hornbeam
