// 2-D convolution and its depthwise form, float32, NHWC. 1-D is height 1.
//
// Conv2D picks its route once, from the shape: oneDNN's, where it was measured to be faster; else a 1x1 convolution is
// a GEMM; the others are GEMMs whose left rows are windows of the image, read in place through pointers (no im2col
// copy); depthwise has its own kernel. Weights are packed when the object is made, or, when they change, before each
// run into memory of the caller. Thread-safety: immutable; run from any number of threads at once. Results do not
// depend on the number of parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ops/kernels/activation.h"
#include "ops/kernels/gemm.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// Explicit padding: Keras's "same" is worked out by the caller (same_padding below). Output height is
// (height + pad_top + pad_bottom - (kernel_height - 1) dilation_h - 1) / stride_h + 1.
struct Conv2DShape {
  int64_t height = 1, width = 1, channels = 1;
  int64_t kernel_height = 1, kernel_width = 1, out_channels = 1;  // depthwise: channels * multiplier
  int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  int64_t groups = 1;

  int64_t out_height() const {
    return (height + pad_top + pad_bottom - (kernel_height - 1) * dilation_h - 1) / stride_h + 1;
  }
  int64_t out_width() const {
    return (width + pad_left + pad_right - (kernel_width - 1) * dilation_w - 1) / stride_w + 1;
  }
  double flops() const {
    return 2.0 * static_cast<double>(out_height() * out_width() * out_channels) *
           static_cast<double>(kernel_height * kernel_width * (channels / groups));
  }
};

// TensorFlow's SAME: total = max(0, (ceil(size / stride) - 1) stride + (kernel - 1) dilation + 1 - size); the odd one
// last.
struct Padding {
  int64_t before, after;
};
Padding same_padding(int64_t size, int64_t kernel, int64_t stride, int64_t dilation);

struct Conv2DOptions {
  Activation activation;
  // Follow with 2x2 max pooling, stride 2, VALID: the output is [n, out_height/2, out_width/2, out_channels], and sums
  // the pool drops are not computed. Needs an activation that does not decrease (identity, relu, clip) and no residual.
  bool max_pool_2x2 = false;
  bool depthwise = false;
  bool has_residual = false;  // runs will be given one
  // Where each tap's [channels, out_channels] is in the filter, when it is not HWIO. Not for groups, depthwise,
  // pooling.
  std::optional<Packing> taps = {};
};

// What an image takes, told as the operations of a dense convolution.
double conv_work(const Conv2DShape& shape, bool depthwise);

namespace detail {
class ConvRoute;
}

class Conv2D {
 public:
  // filter: HWIO [kh, kw, channels / groups, out_channels]; depthwise: [kh, kw, channels, multiplier].
  // bias: [out_channels] or null. Both are copied.
  Conv2D(const Conv2DShape& shape, const float* filter, const float* bias, const Conv2DOptions& options = {});
  // For weights that each run is given.
  Conv2D(const Conv2DShape& shape, const Conv2DOptions& options);
  ~Conv2D();
  Conv2D(Conv2D&&) noexcept;
  Conv2D& operator=(Conv2D&&) noexcept;

  const Conv2DShape& shape() const;
  int64_t out_height() const;  // after pooling, if any
  int64_t out_width() const;
  // What was picked, for tests and profiles: "onednn", "gemm", "window", "depthwise", "grouped".
  const char* route() const;

  // dst[n, oh, ow, oc] = activation(conv(src) + bias + residual). residual: like dst, may be dst itself; null unless
  // options.has_residual.
  void run_part(int64_t images, const float* src, float* dst, const float* residual, Part part) const;
  // All parts, on the threads it is worth.
  void run(int64_t images, const float* src, float* dst, const float* residual = nullptr) const;

  // The same with weights that pack_part packed: `packed_size` floats, aligned for vectors.
  int64_t packed_size() const;
  void pack_part(const float* filter, const float* bias, float* packed, Part part) const;
  void run_part(int64_t images, const float* src, float* dst, const float* residual, const float* packed,
                Part part) const;

 private:
  std::unique_ptr<detail::ConvRoute> route_;
  AlignedBuffer<float> packed_;
};

}  // namespace hornbeam::kernels
