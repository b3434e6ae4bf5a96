// The gradient of a depthwise 2-D convolution (one filter per channel, NHWC, float32) for its filter.
#pragma once

#include <cstdint>

#include "ops/kernels/conv.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// filter: [kh, kw, channels]. Parts share out the channels; positions are summed in order.
void depthwise_filter_gradient_part(const Conv2DShape& shape, int64_t images, const float* src, const float* grad,
                                    float* filter, Part part);

}  // namespace hornbeam::kernels
