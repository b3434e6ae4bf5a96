// The gradient of a 2-D convolution (or its depthwise form) for its input, float32, NHWC: for each residue of the input
// position by the stride, a convolution of the gradient with the taps that reach it.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/kernels/conv.h"

namespace hornbeam::kernels {

class InputGradient {
 public:
  // Of the convolution of this shape. Strides together with dilations, and paddings wider than the window, are not
  // supported.
  static bool supports(const Conv2DShape& shape);
  // filter: as the convolution's.
  InputGradient(const Conv2DShape& shape, bool depthwise, const float* filter);

  // Floats of scratch that `run` needs.
  static int64_t scratch(const Conv2DShape& shape, int64_t images);
  // grad: [n, out_height, out_width, out_channels]; dst: [n, height, width, channels].
  void run(int64_t images, const float* grad, float* dst, float* scratch) const;

 private:
  // The input positions offset + stride * t along one dim, t < count, and the convolution that makes them.
  struct Side {
    int64_t offset = 0, count = 0, first_tap = 0, taps = 0, pad_before = 0, pad_after = 0;
  };
  struct Phase {
    Side y, x;
    std::vector<Conv2D> conv;  // none where no tap reaches
  };
  static std::vector<Side> sides(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation,
                                 int64_t pad);

  Conv2DShape shape_;
  std::vector<Phase> phases_;
};

}  // namespace hornbeam::kernels
