// Gradients of 2-D pooling, float32, NHWC. Windows are gone over in order, so results do not depend on the parts.
#pragma once

#include "ops/kernels/pool.h"

namespace hornbeam::kernels {

// src: what was pooled, [n, height, width, c]; out: its maxima; grad: their gradient. Each goes to the first of its
// window that is the maximum. relu: src came from one, whose gradient is taken at once: only what is above zero counts.
void max_pool_gradient_part(const Pool2DShape& shape, int64_t images, const float* src, const float* out,
                            const float* grad, bool relu, float* dst, Part part);
// Each gradient is shared out evenly among the cells of its window that exist.
void average_pool_gradient_part(const Pool2DShape& shape, int64_t images, const float* grad, float* dst, Part part);

}  // namespace hornbeam::kernels
