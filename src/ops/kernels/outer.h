// Sums of outer products, float32: what gradients of weights are. Nothing is packed: both operands are read in rows.
// Sums run in order from zero in fixed blocks, so results do not depend on how the outputs are shared out.
#pragma once

#include <cstdint>

#include "ops/kernels/conv.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// C[m, n] = sum over k of A[k, m] B[k, n]; lda, ldb, ldc: row strides.
void gemm_outer_part(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb,
                     float* c, int64_t ldc, Part part);
void gemm_outer(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb, float* c,
                int64_t ldc);

// The gradient of a 2-D convolution (NHWC) for its filter: from src and the gradient of dst to [kh, kw, channels /
// groups, out_channels].
class FilterGradient {
 public:
  FilterGradient(const Conv2DShape& shape, int64_t images);
  double flops() const { return static_cast<double>(images_) * shape_.flops(); }
  // Floats of scratch that `prepare` fills and all parts read; often 0.
  int64_t scratch() const;
  // Must be done before any part is run: images with few channels are copied with their padding.
  void prepare(const float* src, float* scratch) const;
  void run_part(const float* src, const float* scratch, const float* grad, float* filter, Part part) const;
  // All of it, on the threads it is worth.
  void run(const float* src, float* scratch, const float* grad, float* filter) const;

 private:
  Conv2DShape shape_;
  int64_t images_;
  bool padded_;  // reads the padded copy, where every window lies inside
};

}  // namespace hornbeam::kernels
