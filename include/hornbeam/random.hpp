// Random tensors of a known shape. Mirrors tf.random.uniform, normal and truncated_normal; ops_array.hpp has those of a
// shape that is a tensor, and the stateless ones, whose numbers are TensorFlow's.
//
//   ops::random_normal({2, 3}, {.stddev = 0.5, .seed = 1})
//
// Without a seed (0) from the process's generator (utils::set_random_seed). Thread-safety: as ops_array.hpp.
#pragma once

#include <optional>

#include "hornbeam/tensor.hpp"

namespace hornbeam::ops {

struct UniformOptions {
  double minval = 0;
  std::optional<double> maxval = {};  // not reached; default 1, of integers it must be said
  DType dtype = DType::float32;
  std::int64_t seed = 0;
};
// Throws ValueError when `maxval` is needed, or a bound is not of the dtype.
Tensor random_uniform(const Shape& shape, const UniformOptions& options = {});

struct NormalOptions {
  double mean = 0, stddev = 1;
  DType dtype = DType::float32;
  std::int64_t seed = 0;
};
Tensor random_normal(const Shape& shape, const NormalOptions& options = {});
// Values further than two standard deviations from the mean are drawn again.
Tensor random_truncated_normal(const Shape& shape, const NormalOptions& options = {});

}  // namespace hornbeam::ops
