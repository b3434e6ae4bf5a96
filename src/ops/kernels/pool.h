// 2-D pooling, float32, NHWC. 1-D is height 1.
#pragma once

#include <cstdint>

#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

struct Pool2DShape {
  int64_t height = 1, width = 1, channels = 1;
  int64_t window_h = 1, window_w = 1, stride_h = 1, stride_w = 1;
  int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  int64_t out_height() const { return (height + pad_top + pad_bottom - window_h) / stride_h + 1; }
  int64_t out_width() const { return (width + pad_left + pad_right - window_w) / stride_w + 1; }
};

enum class Pooling : uint8_t { kMax, kAverage };

// NaN is passed over by pool2d's maximum (TensorFlow's MaxPool) and stays in global_pool_part's (reduce_max).
// Padding never counts: the maximum and the average (divided by the cells that exist) are over the image alone.
void pool2d(Pooling kind, const Pool2DShape& shape, int64_t images, const float* src, float* dst);
void pool2d_part(Pooling kind, const Pool2DShape& shape, int64_t images, const float* src, float* dst, Part part);

// dst[n, c] = mean or maximum over the pixels of src[n, p, c].
void global_pool_part(Pooling kind, int64_t images, int64_t pixels, int64_t channels, const float* src, float* dst,
                      Part part);

}  // namespace hornbeam::kernels
