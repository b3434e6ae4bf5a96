// The ways of computing a convolution that Conv2D chooses from. Internal to conv*.cpp.
#pragma once

#include <memory>
#include <vector>

#include "ops/kernels/conv.h"

namespace hornbeam::kernels::detail {

class ConvRoute {
 public:
  ConvRoute(const Conv2DShape& s, const float* b, const Conv2DOptions& o) : shape(s), options(o) {
    if (b) bias.assign(b, b + s.out_channels);
  }
  virtual ~ConvRoute() = default;
  ConvRoute(const ConvRoute&) = delete;
  ConvRoute& operator=(const ConvRoute&) = delete;
  virtual const char* name() const = 0;
  virtual void run(int64_t images, const float* src, float* dst, const float* residual, Part part) const = 0;

  const Conv2DShape shape;
  const Conv2DOptions options;
  std::vector<float> bias;  // empty: none
  const float* bias_or_null() const { return bias.empty() ? nullptr : bias.data(); }
};

// Any convolution with groups = 1, with pooling if asked.
std::unique_ptr<ConvRoute> make_window_route(const Conv2DShape& shape, const float* filter, const float* bias,
                                             const Conv2DOptions& options);
// One output channel per input channel.
std::unique_ptr<ConvRoute> make_depthwise_route(const Conv2DShape& shape, const float* filter, const float* bias,
                                                const Conv2DOptions& options);

// oneDNN's; null when it has no fast way.
std::unique_ptr<ConvRoute> make_onednn_route(const Conv2DShape& shape, const float* filter, const float* bias,
                                             const Conv2DOptions& options);

}  // namespace hornbeam::kernels::detail
