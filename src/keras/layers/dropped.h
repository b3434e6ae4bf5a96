// What dropout does to a tensor.
#pragma once

#include <cstdint>

#include "hornbeam/ops.hpp"

namespace hornbeam {

// tf.nn.dropout: a share `rate` of the elements becomes 0, the rest grows by 1 / (1 - rate). `noise_shape` says where
// elements share their fate (dims of 1). seed 0: from the process's generator.
inline Tensor dropped(const Tensor& x, double rate, const Tensor& noise_shape, std::int64_t seed) {
  if (rate >= 1) return ops::zeros_like(x);
  const auto noise = ops::random_uniform(noise_shape, x.dtype(), seed);
  const auto keep = ops::cast(ops::greater_equal(noise, rate), x.dtype());
  return x * (1.0 / (1.0 - rate)) * keep;
}

}  // namespace hornbeam
