// Sums of outer products, float32: what gradients of weights are, with the gradients of biases in the same pass.
// Sums run in order from zero in fixed blocks, so results do not depend on how the outputs are shared out.
#pragma once

#include <cstdint>

#include "ops/kernels/conv.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// C[m, n] = sum over k of A[k, m] B[k, n]; lda, ldb, ldc: row strides. column_sums (null: not wanted): [n], of B.
void gemm_outer_part(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb,
                     float* c, int64_t ldc, float* column_sums, Part part);
void gemm_outer(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb, float* c,
                int64_t ldc);

// The gradient of a 2-D convolution (NHWC) for its filter: from src and the gradient of dst to [kh, kw, channels /
// groups, out_channels]. bias (null: not wanted): [out_channels], that for what was added to each channel.
struct FilterGradient {
  Conv2DShape shape;
  int64_t images;
  double flops() const { return static_cast<double>(images) * shape.flops(); }
  void run_part(const float* src, const float* grad, float* filter, float* bias, Part part) const;
};

}  // namespace hornbeam::kernels
