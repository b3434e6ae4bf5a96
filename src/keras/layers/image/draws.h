// What the augmentation layers of images are written with.
#pragma once

#include "hornbeam/ops.hpp"
#include "keras/layers/image/factor.h"

namespace hornbeam {

// A checked factor's two bounds.
inline FactorRange bounds_of(const Config& factor) {
  return {factor.at(std::size_t{0}).as_double(), factor.at(std::size_t{1}).as_double()};
}
// The number of images, an int32 vector of one.
inline Tensor batch_dim(const Tensor& images) { return ops::slice(ops::shape(images), {0}, {1}); }
// [batch] as [batch, 1, 1, 1].
inline Tensor spread(const Tensor& numbers) { return ops::reshape(numbers, {None, 1, 1, 1}); }
// The same of the images' dtype.
inline Tensor spread_like(const Tensor& numbers, const Tensor& images) {
  return ops::cast(spread(numbers), images.dtype());
}
// Values of one range as those of another, computed in that dtype; as they are where the ranges are the same.
Tensor to_range(const Tensor& images, const FactorRange& from, const FactorRange& to, DType dtype);
inline constexpr FactorRange kBytes{0, 255}, kUnit{0, 1};
// [..., 1] of [..., 3]; of one channel the channel itself. Throws ValueError for other numbers of channels.
Tensor grayscale(const Tensor& images);
// Each channel smoothed by itself; kernel [height, width].
Tensor filtered(const Tensor& images, const Tensor& kernel, std::int64_t height, std::int64_t width);
// RGBToHSV and back, in float32 or wider.
Tensor rgb_to_hsv(const Tensor& images);
Tensor hsv_to_rgb(const Tensor& images);
// Between 0 and 1, of the beta distribution with both parameters `alpha` (of the numbers' shape).
Tensor beta_numbers(const Tensor& alpha, std::int64_t seed);

}  // namespace hornbeam
