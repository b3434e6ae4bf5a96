// Ops on images. Mirror tf.image.
//
// Images are [batch, height, width, channels] or [height, width, channels]. They work on concrete, traced and symbolic
// tensors alike. Errors: ValueError, InvalidArgumentError (shapes and values that do not fit). Thread-safety: free
// functions without state.
#pragma once

#include <cstdint>
#include <string_view>

#include "hornbeam/tensor.hpp"

namespace hornbeam::ops {

// tf.image.resize: to height x width by `method`: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5",
// "gaussian" or "mitchellcubic". float32, but for "nearest", which keeps the images' dtype. `antialias` smooths what is
// made smaller ("bilinear", "bicubic" and the kernels).
Tensor resize(const Tensor& images, std::int64_t height, std::int64_t width, std::string_view method = "bilinear",
              bool antialias = false);
// The same to a size that is computed: int32 [2], height and width.
Tensor resize(const Tensor& images, const Tensor& size, std::string_view method = "bilinear", bool antialias = false);

// ImageProjectiveTransformV3. `transforms`: float32 [batch or 1, 8]; output pixel (x, y) is read from
// ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), k = c0 x + c1 y + 1. Outside the image, by `fill_mode`: "constant"
// (fill_value), "reflect", "wrap" or "nearest". `interpolation`: "bilinear" or "nearest".
Tensor projective_transform(const Tensor& images, const Tensor& transforms, const Tensor& output_size,
                            std::string_view interpolation = "bilinear", std::string_view fill_mode = "reflect",
                            double fill_value = 0);

}  // namespace hornbeam::ops
