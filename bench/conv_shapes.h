// Shapes of the convolutions that are timed.
#pragma once

#include "ops/kernels/conv.h"

namespace hornbeam::bench {

// A square image, padded as "same" pads it.
inline kernels::Conv2DShape same(int64_t size, int64_t channels, int64_t kernel, int64_t out, int64_t stride) {
  kernels::Conv2DShape s{size, size, channels, kernel, kernel, out, stride, stride};
  const kernels::Padding p = kernels::same_padding(size, kernel, stride, 1);
  s.pad_top = s.pad_left = p.before;
  s.pad_bottom = s.pad_right = p.after;
  return s;
}

}  // namespace hornbeam::bench
