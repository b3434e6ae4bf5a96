// Integer tensors read as int64s: shapes, axes, paddings.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "hornbeam/errors.hpp"
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

// Throws ValueError when it does not fit: an op's sizes and axes are 32-bit integers unless they are tensors.
inline std::int32_t checked_int32(std::int64_t value) {
  if (value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max()) {
    return static_cast<std::int32_t>(value);
  }
  throw ValueError("Can't convert Python sequence with out-of-range integer to Tensor: the size or index " +
                   std::to_string(value) + " does not fit 32 bits.");
}

inline Tensor int32_vector(const std::vector<std::int64_t>& values) {
  std::vector<std::int32_t> v;
  v.reserve(values.size());
  for (const auto value : values) v.push_back(checked_int32(value));
  return Tensor::from<std::int32_t>({static_cast<std::int64_t>(v.size())}, v);
}

}  // namespace hornbeam
