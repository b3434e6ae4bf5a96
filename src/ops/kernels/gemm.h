// Matrix products on raw pointers, row-major, float32 (and float64 where said). C = epilogue(A B).
//
// Packed: B (weights) is packed once into column panels; then products stream it. Unpacked: any strides.
// Sums run in order over K from zero on every path, so results do not depend on the number of threads.
// Thread-safety: PackedB is immutable after construction; any number of threads may use one.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/kernels/activation.h"
#include "ops/kernels/aligned.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// Columns per panel of packed weights on this CPU (a property of the instruction set in use).
int64_t panel_columns();

// Where weights to be packed are: `at.size()` matrices of [rows, columns] (taps of a convolution) one below the other,
// element (i, j) of matrix t at at[t] + i ld + j, or transposed at[t] + j ld + i.
struct Packing {
  int64_t rows = 0, columns = 0;
  std::vector<int64_t> at = {0};
  int64_t ld = 0;
  bool transposed = false;
  int64_t k() const { return rows * static_cast<int64_t>(at.size()); }
  int64_t size() const;  // floats of the packed weights
};
// Fills this part's share of `packed`, which must be aligned for vectors.
void pack_part(const Packing& packing, const float* weights, float* packed, Part part);

// Packed [K, N] weights: ceil(N / panel) panels of [K][panel], the last padded with zeros.
class PackedView {
 public:
  PackedView() = default;
  PackedView(int64_t k, int64_t n, const float* data);
  int64_t k() const { return k_; }
  int64_t n() const { return n_; }
  int64_t panels() const { return panels_; }
  const float* panel(int64_t p) const { return data_ + p * panel_size_; }

 private:
  int64_t k_ = 0, n_ = 0, panels_ = 0, panel_size_ = 0;
  const float* data_ = nullptr;
};

// Weights packed once.
class PackedB {
 public:
  // b: [K, N] with row stride ldb; or, transposed, [N, K] with row stride ldb.
  PackedB() = default;
  PackedB(int64_t k, int64_t n, const float* b, int64_t ldb, bool transposed = false) {
    assign(k, n, b, ldb, transposed);
  }
  // The same in memory that is kept for the next weights.
  void assign(int64_t k, int64_t n, const float* b, int64_t ldb, bool transposed = false);
  operator const PackedView&() const { return view_; }

 private:
  AlignedBuffer<float> data_;
  PackedView view_;
};

// What a product takes, told as floating-point operations. One row is bound by reading the weights: that takes as long
// as four rows' arithmetic.
double gemm_work(int64_t m, int64_t n, int64_t k);

// C[m, N] = epilogue(A[m, K] B). lda, ldc: row strides. C must not overlap A; epilogue.residual may be C.
// One part of the work (all parts must be run), or all of it on the threads it is worth.
void gemm_part(int64_t m, const float* a, int64_t lda, const PackedView& b, float* c, int64_t ldc,
               const Epilogue& epilogue, Part part);
void gemm(int64_t m, const float* a, int64_t lda, const PackedView& b, float* c, int64_t ldc,
          const Epilogue& epilogue = {});

// A matrix seen through strides: element (i, j) is at data[i * row_stride + j * column_stride].
template <class T>
struct Strided {
  const T* data;
  int64_t row_stride;
  int64_t column_stride;
  Strided transposed() const { return {data, column_stride, row_stride}; }
};

// C[m, n] = A[m, k] B[k, n] (+ C when `accumulate`), with nothing packed beforehand.
void gemm_strided(int64_t m, int64_t n, int64_t k, Strided<float> a, Strided<float> b, float* c, int64_t ldc,
                  bool accumulate = false);
void gemm_strided(int64_t m, int64_t n, int64_t k, Strided<double> a, Strided<double> b, double* c, int64_t ldc,
                  bool accumulate = false);

// `batch` independent products; the i-th uses a.data + i * a_batch, and so on (0 broadcasts).
template <class T>
void gemm_batched(int64_t batch, int64_t m, int64_t n, int64_t k, Strided<T> a, int64_t a_batch, Strided<T> b,
                  int64_t b_batch, T* c, int64_t ldc, int64_t c_batch) {
  const int64_t flops = std::max<int64_t>(1, 2 * m * n * k);
  if (batch == 1 || 500'000 / flops == 0) {  // each is big enough to be shared out itself
    for (int64_t i = 0; i < batch; ++i)
      gemm_strided(m, n, k, {a.data + i * a_batch, a.row_stride, a.column_stride},
                   {b.data + i * b_batch, b.row_stride, b.column_stride}, c + i * c_batch, ldc);
    return;
  }
  parallel_for(batch, 500'000 / flops + 1, [&](int64_t begin, int64_t end) {
    const ThreadLimit one(1);
    for (int64_t i = begin; i < end; ++i)
      gemm_strided(m, n, k, {a.data + i * a_batch, a.row_stride, a.column_stride},
                   {b.data + i * b_batch, b.row_stride, b.column_stride}, c + i * c_batch, ldc);
  });
}

}  // namespace hornbeam::kernels
