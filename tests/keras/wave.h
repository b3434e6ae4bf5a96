// Numbers that the recorders make alike: wave() there and here.
#pragma once

#include <cmath>

#include "hornbeam/tensor.hpp"

namespace hornbeam::testing_support {

inline Tensor wave(const Shape& shape, double phase = 0) {
  Tensor t = Tensor::empty(DType::float32, shape);
  auto values = t.mutable_data<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(std::sin(static_cast<double>(i) * 0.7 + phase));
  }
  return t;
}

}  // namespace hornbeam::testing_support
