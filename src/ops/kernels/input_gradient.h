// The gradient of a 2-D convolution (or its depthwise form) for its input, float32, NHWC: for each residue of the input
// position by the stride, a convolution of the gradient with the taps that reach it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ops/kernels/conv.h"

namespace hornbeam::kernels {

// Done in three stages, each in parts: pack the filter, convolve, and (with strides) put what the residues made where
// it belongs. Immutable.
class InputGradient {
 public:
  // Of the convolution of this shape. Strides together with dilations, and paddings wider than the window, are not
  // supported.
  static bool supports(const Conv2DShape& shape);
  InputGradient(const Conv2DShape& shape, int64_t images, bool depthwise);

  // Floats of what pack_part fills, and of the room in which strided gradients are made; both aligned for vectors.
  int64_t packed_size() const { return packed_size_; }
  int64_t scratch_size() const { return scratch_size_; }
  // filter: as the convolution's.
  void pack_part(const float* filter, float* packed, Part part) const;
  // grad: [n, out_height, out_width, out_channels]; dst: [n, height, width, channels].
  void convolve_part(const float* grad, const float* packed, float* dst, float* scratch, Part part) const;
  void place_part(const float* scratch, float* dst, Part part) const;
  // Is there anything to be placed?
  bool places() const { return strided_ || !phases_[0].conv; }
  double flops() const { return flops_; }

 private:
  // The input positions offset + stride * t along one dim, t < count, and the convolution that makes them.
  struct Side {
    int64_t offset = 0, count = 0, first_tap = 0, taps = 0, pad_before = 0, pad_after = 0;
  };
  struct Phase {
    Side y, x;
    std::optional<Conv2D> conv;  // none where no tap reaches
    int64_t packed_at = 0, scratch_at = 0;
  };
  static std::vector<Side> sides(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation,
                                 int64_t pad);
  // Numbers of the filter for each tap that reaches the phase, in the order of the reversed convolution.
  std::vector<int64_t> tap_offsets(const Phase& phase) const;
  std::vector<float> reversed_filter(const Phase& phase, const float* filter) const;
  int64_t group_channels() const { return shape_.channels / groups_; }  // of the input
  // Can the filter be packed from where it is?
  bool direct() const { return groups_ == 1 && !depthwise_; }

  Conv2DShape shape_;
  int64_t images_;
  bool depthwise_;
  int64_t groups_;
  bool strided_;
  std::vector<Phase> phases_;
  int64_t packed_size_ = 0, scratch_size_ = 0;
  double flops_ = 0;
};

}  // namespace hornbeam::kernels
