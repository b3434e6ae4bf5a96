// The ways of computing a convolution that Conv2D chooses from. Internal to conv*.cpp.
#pragma once

#include <algorithm>
#include <memory>

#include "ops/kernels/conv.h"

namespace hornbeam::kernels::detail {

class ConvRoute {
 public:
  ConvRoute(const Conv2DShape& s, const Conv2DOptions& o) : shape(s), options(o) {}
  virtual ~ConvRoute() = default;
  ConvRoute(const ConvRoute&) = delete;
  ConvRoute& operator=(const ConvRoute&) = delete;
  virtual const char* name() const = 0;
  // Filter and bias (null: zeros), packed: `packed_size` floats, aligned for vectors.
  virtual int64_t packed_size() const = 0;
  virtual void pack(const float* filter, const float* bias, float* packed, Part part) const = 0;
  virtual void run(int64_t images, const float* src, float* dst, const float* residual, const float* packed,
                   Part part) const = 0;

  const Conv2DShape shape;
  const Conv2DOptions options;

 protected:
  // Part 0 copies the bias.
  void pack_bias(const float* bias, float* to, Part part) const {
    if (part.index != 0) return;
    bias ? std::copy_n(bias, shape.out_channels, to) : std::fill_n(to, shape.out_channels, 0.0F);
  }
};

// Any convolution with groups = 1, with pooling if asked.
std::unique_ptr<ConvRoute> make_window_route(const Conv2DShape& shape, const Conv2DOptions& options);
// One output channel per input channel.
std::unique_ptr<ConvRoute> make_depthwise_route(const Conv2DShape& shape, const Conv2DOptions& options);

// oneDNN's; null when it has no fast way.
std::unique_ptr<ConvRoute> make_onednn_route(const Conv2DShape& shape, const Conv2DOptions& options);

}  // namespace hornbeam::kernels::detail
