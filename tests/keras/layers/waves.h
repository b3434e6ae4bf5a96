#pragma once

#include "hornbeam/ops.hpp"

namespace hornbeam::testing_support {

// Sines of start, start + 1, ...: numbers that differ, of both signs.
inline Tensor waves(const Shape& shape, std::int64_t start = 0) {
  return ops::reshape(ops::sin(ops::range(start, start + shape.num_elements(), 1, DType::float32)), shape);
}

}  // namespace hornbeam::testing_support
