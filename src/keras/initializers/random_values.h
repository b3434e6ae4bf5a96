// Random tensors of one seed: TensorFlow's stateless Philox with the seed pair [seed, 0], scaled.
#pragma once

#include <cstdint>

#include "hornbeam/tensor.hpp"
#include "ops/random_fill.h"

namespace hornbeam {

// r * scale + shift in the arithmetic of `dtype`, for random r of shape `shape`; the same values on any number of
// threads. Throws ValueError when the dtype is no float's ("Expected floating point type, ...") or the shape is too
// large.
Tensor random_values(random::Distribution distribution, std::int64_t seed, DType dtype, const Shape& shape,
                     double scale, double shift);
// As the above, for numbers in [low, high): of the float's arithmetic, or integers.
Tensor random_uniform_values(std::int64_t seed, DType dtype, const Shape& shape, double low, double high);

}  // namespace hornbeam
