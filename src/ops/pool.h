// What pooling and its gradients share.
#pragma once

#include "ops/conv.h"
#include "ops/gradient.h"
#include "ops/kernels/pool.h"

namespace hornbeam {

// Two spatial dims, channels last, as the fast kernels want them.
kernels::Pool2DShape pool2d_shape(const WindowGeometry& g);

// The attrs with `strides` set: MaxPoolV2 and its gradients take their window and strides as inputs.
Attrs with_strides(const Attrs& attrs, const std::vector<std::int64_t>& strides);

// pool_gradients.cpp
Tensors max_pool_gradient(const GradientContext& c);
Tensors max_pool_v2_gradient(const GradientContext& c);
Tensors max_pool3d_gradient(const GradientContext& c);
Tensors avg_pool_gradient(const GradientContext& c);
Tensors avg_pool3d_gradient(const GradientContext& c);

}  // namespace hornbeam
