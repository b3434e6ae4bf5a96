#include "ops/kernels/gemm.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/driver-inl.h"
#include "ops/kernels/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

int64_t PanelColumns() { return kTileVectors * kLanes; }

// A unit is one matrix's share of one panel; units lie in order.
void PackPart(const Packing& s, const float* weights, float* packed, Part part) {
  const F32 d;
  constexpr int64_t width = kTileVectors * kLanes;
  const auto matrices = static_cast<int64_t>(s.at.size());
  const Range own = slice((s.columns + width - 1) / width * matrices, part);
  for (int64_t unit = own.begin; unit < own.end; ++unit) {
    const int64_t first = unit / matrices * width, have = std::min(width, s.columns - first);
    const float* from = weights + s.at[static_cast<size_t>(unit % matrices)] + first * (s.transposed ? s.ld : 1);
    float* out = packed + unit * s.rows * width;
    if (have < width) std::fill_n(out, s.rows * width, 0.0F);
    if (s.transposed) {
      TransposeInto(have, s.rows, from, s.ld, out, width);
    } else if (have < width) {
      for (int64_t i = 0; i < s.rows; ++i) std::copy_n(from + i * s.ld, have, out + i * width);
    } else {
      for (int64_t i = 0; i < s.rows; ++i, from += s.ld, out += width) {
        for (int v = 0; v < kTileVectors; ++v) hn::Store(hn::LoadU(d, from + v * kLanes), d, out + v * kLanes);
      }
    }
  }
}

// One row: the weights are read once, so several panels run side by side to keep enough loads and sums in flight.
template <int P>
HWY_NOINLINE void Gemv(int64_t k, const float* HWY_RESTRICT a, const PackedView& b, int64_t panel, float* c,
                       const Epilogue& e) {
  const F32 d;
  constexpr int NV = kTileVectors;
  constexpr int64_t width = NV * kLanes;
  VF sum[P][NV];
  const float* w[P];
  Unrolled<P>([&](auto p) HB_INLINE_LAMBDA { w[p] = b.panel(panel + p); });
  UnrolledTile<P, NV>([&](auto p, auto j) HB_INLINE_LAMBDA {
    const int64_t n = (panel + p) * width + j * kLanes, left = std::min(kLanes, b.n() - n);
    // As tiles do, so that a row's result is the same whatever rows it comes with.
    sum[p][j] = e.bias && left > 0 ? LoadN(d, e.bias + n, left) : hn::Zero(d);
    if (e.residual && left > 0) sum[p][j] = hn::Add(sum[p][j], LoadN(d, e.residual + n, left));
  });
  for (int64_t i = 0; i < k; ++i) {
    const VF av = hn::Set(d, a[i]);
    UnrolledTile<P, NV>([&](auto p, auto j) HB_INLINE_LAMBDA {
      sum[p][j] = hn::MulAdd(av, hn::Load(d, w[p] + i * width + j * kLanes), sum[p][j]);
    });
  }
  const Clamp clamp = clamp_of(e.activation);
  const VF low = Fill(clamp.low), high = Fill(clamp.high);
  UnrolledTile<P, NV>([&](auto p, auto j) HB_INLINE_LAMBDA {
    const int64_t n = (panel + p) * width + j * kLanes;
    const int64_t left = std::min(kLanes, b.n() - n);
    if (left <= 0) return;
    const VF v = ClampTo(sum[p][j], low, high);
    if (left == kLanes) {
      hn::StoreU(v, d, c + n);
    } else {
      StoreN(v, d, c + n, left);
    }
  });
}

void GemvPart(const float* a, const PackedView& b, float* c, const Epilogue& e, Part part) {
  constexpr int64_t width = kTileVectors * kLanes;
  constexpr int kSide = kTileVectors == 4 ? 2 : 4;
  const Range r = slice(b.panels(), part);
  int64_t p = r.begin;
  for (; p + kSide <= r.end; p += kSide) Gemv<kSide>(b.k(), a, b, p, c, e);
  if constexpr (kSide == 4) {
    if (p + 2 <= r.end) {
      Gemv<2>(b.k(), a, b, p, c, e);
      p += 2;
    }
  }
  for (; p < r.end; ++p) Gemv<1>(b.k(), a, b, p, c, e);
  if (!is_clamp(e.activation) && r.begin < r.end) {
    const int64_t first = r.begin * width, last = std::min(b.n(), r.end * width);
    Activate(e.activation, c + first, 1, last - first, 0);
  }
}

void GemmPart(int64_t m, const float* a, int64_t lda, const PackedView& b, float* c, int64_t ldc, const Epilogue& e,
              Part part) {
  if (m == 1) return GemvPart(a, b, c, e, part);
  const MatrixRows<float> rows{a, lda, m, b.k()};
  const int64_t r_stride = e.residual_stride ? e.residual_stride : ldc;
  const Product<float> product{b.panel(0), b.k() * PanelColumns(), b.n(), c,        ldc, e.bias, e.residual,
                               r_stride,   e.activation,           b.k(), kTileRows};
  RunPart<float>(rows, product, part);
}

template <class T>
T* Scratch(int slot, int64_t count) {
  thread_local AlignedBuffer<T> buffers[2];
  return buffers[slot].reserve(count);
}

// C = A B for a B that is stored by columns and wider than A is high: computed as the transpose of B' A', so that the
// long rows of B' are read where they are and only A is packed.
template <class T>
void GemmByColumns(int64_t m, int64_t n, int64_t k, Strided<T> a, Strided<T> b, T* c, int64_t ldc, Part part) {
  constexpr int64_t width = kTileVectors * static_cast<int64_t>(HWY_LANES(T));
  const Range rn = slice(n, part, kTileRows);
  if (rn.begin >= rn.end) return;
  const int64_t panels = (m + width - 1) / width;
  T* packed = Scratch<T>(0, panels * k * width);
  for (int64_t p = 0; p < panels; ++p) {
    T* out = packed + p * k * width;
    const int64_t have = std::min(width, m - p * width);
    const T* source = a.data + p * width * a.row_stride;
    if (have < width) std::fill(out, out + k * width, T{0});
    if (a.column_stride == 1) {
      TransposeInto(have, k, source, a.row_stride, out, width);
    } else {
      for (int64_t i = 0; i < k; ++i)
        for (int64_t j = 0; j < have; ++j) out[i * width + j] = source[j * a.row_stride + i * a.column_stride];
    }
  }
  const int64_t step = 16 * kTileRows;
  T* block = Scratch<T>(1, step * m);
  for (int64_t n0 = rn.begin; n0 < rn.end; n0 += step) {
    const int64_t count = std::min(step, rn.end - n0);
    const MatrixRows<T> rows{b.data + n0 * b.column_stride, b.column_stride, count, k};
    const Product<T> product{packed, k * width, m, block, m, nullptr, nullptr, m, {}, k, kTileRows};
    RunBlock<T>(rows, product, 0, count, 0, panels);
    TransposeInto(count, m, block, m, c + n0, ldc);
  }
}

// Packs B's columns (and A's rows where they are not contiguous) as it goes.
template <class T>
void GemmStrided(int64_t m, int64_t n, int64_t k, Strided<T> a, Strided<T> b, T* c, int64_t ldc, bool accumulate,
                 Part part) {
  constexpr int64_t width = kTileVectors * static_cast<int64_t>(HWY_LANES(T));
  if (m < n && b.column_stride != 1 && b.row_stride == 1 && !accumulate) {
    return GemmByColumns<T>(m, n, k, a, b, c, ldc, part);
  }
  const bool by_rows = m > n;
  const Range rm = by_rows ? slice(m, part, kTileRows) : Range{0, m};
  const Range rn = by_rows ? Range{0, n} : slice(n, part, width);
  if (rm.begin >= rm.end || rn.begin >= rn.end) return;
  constexpr int64_t kGroup = 16;  // panels packed at once
  for (int64_t n0 = rn.begin; n0 < rn.end; n0 += kGroup * width) {
    const int64_t columns = std::min(kGroup * width, rn.end - n0);
    const int64_t panels = (columns + width - 1) / width;
    T* packed = Scratch<T>(0, panels * k * width);
    for (int64_t p = 0; p < panels; ++p) {
      T* out = packed + p * k * width;
      const int64_t have = std::min(width, columns - p * width);
      const T* source = b.data + (n0 + p * width) * b.column_stride;
      if (have < width) std::fill(out, out + k * width, T{0});
      if (b.column_stride == 1) {
        for (int64_t i = 0; i < k; ++i)
          std::copy(source + i * b.row_stride, source + i * b.row_stride + have, out + i * width);
      } else if (b.row_stride == 1) {
        TransposeInto(have, k, source, b.column_stride, out, width);
      } else {
        for (int64_t j = 0; j < have; ++j)
          for (int64_t i = 0; i < k; ++i) out[i * width + j] = source[i * b.row_stride + j * b.column_stride];
      }
    }
    const int64_t step = a.column_stride == 1 ? rm.end - rm.begin : 4 * RowBlock(k);
    for (int64_t m0 = rm.begin; m0 < rm.end; m0 += step) {
      const int64_t count = std::min(step, rm.end - m0);
      MatrixRows<T> rows{a.data + m0 * a.row_stride, a.row_stride, count, k};
      if (a.column_stride != 1) {
        T* contiguous = Scratch<T>(1, count * k);
        if (a.row_stride == 1) {
          TransposeInto(k, count, a.data + m0, a.column_stride, contiguous, k);
        } else {
          for (int64_t j = 0; j < k; ++j)
            for (int64_t i = 0; i < count; ++i)
              contiguous[i * k + j] = a.data[(m0 + i) * a.row_stride + j * a.column_stride];
        }
        rows = {contiguous, k, count, k};
      }
      T* out = c + m0 * ldc + n0;
      const Product<T> product{packed, k * width, columns, out,      ldc, nullptr, accumulate ? out : nullptr,
                               ldc,    {},        k,       kTileRows};
      RunBlock<T>(rows, product, 0, count, 0, panels);
    }
  }
}
void GemmStridedF32(int64_t m, int64_t n, int64_t k, Strided<float> a, Strided<float> b, float* c, int64_t ldc,
                    bool accumulate, Part part) {
  GemmStrided<float>(m, n, k, a, b, c, ldc, accumulate, part);
}
void GemmStridedF64(int64_t m, int64_t n, int64_t k, Strided<double> a, Strided<double> b, double* c, int64_t ldc,
                    bool accumulate, Part part) {
  GemmStrided<double>(m, n, k, a, b, c, ldc, accumulate, part);
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {

HWY_EXPORT(PanelColumns);
HWY_EXPORT(PackPart);
HWY_EXPORT(GemmPart);
HWY_EXPORT(GemmStridedF32);
HWY_EXPORT(GemmStridedF64);

int64_t panel_columns() { return HWY_DYNAMIC_DISPATCH(PanelColumns)(); }

int64_t Packing::size() const {
  const int64_t width = panel_columns();
  return (columns + width - 1) / width * width * k();
}

void pack_part(const Packing& packing, const float* weights, float* packed, Part part) {
  HWY_DYNAMIC_DISPATCH(PackPart)(packing, weights, packed, part);
}

PackedView::PackedView(int64_t k, int64_t n, const float* data)
    : k_(k),
      n_(n),
      panels_((n + panel_columns() - 1) / panel_columns()),
      panel_size_(k * panel_columns()),
      data_(data) {}

void PackedB::assign(int64_t k, int64_t n, const float* b, int64_t ldb, bool transposed) {
  const Packing packing{.rows = k, .columns = n, .at = {0}, .ld = ldb, .transposed = transposed};
  data_.reserve(std::max<int64_t>(1, packing.size()));
  pack_part(packing, b, data_.data(), {});
  view_ = PackedView(k, n, data_.data());
}

void gemm_part(int64_t m, const float* a, int64_t lda, const PackedView& b, float* c, int64_t ldc,
               const Epilogue& epilogue, Part part) {
  if (m <= 0 || b.n() == 0) return;
  HWY_DYNAMIC_DISPATCH(GemmPart)(m, a, lda, b, c, ldc, epilogue, part);
}

double gemm_work(int64_t m, int64_t n, int64_t k) {
  return 2.0 * static_cast<double>(m == 1 ? 4 : m) * static_cast<double>(n) * static_cast<double>(k);
}

void gemm(int64_t m, const float* a, int64_t lda, const PackedView& b, float* c, int64_t ldc,
          const Epilogue& epilogue) {
  parallel_parts(gemm_work(m, b.n(), b.k()), [&](Part part) { gemm_part(m, a, lda, b, c, ldc, epilogue, part); });
}

void gemm_strided(int64_t m, int64_t n, int64_t k, Strided<float> a, Strided<float> b, float* c, int64_t ldc,
                  bool accumulate) {
  if (m <= 0 || n <= 0) return;
  parallel_parts(gemm_work(m, n, k), [&](Part part) {
    HWY_DYNAMIC_DISPATCH(GemmStridedF32)(m, n, k, a, b, c, ldc, accumulate, part);
  });
}
void gemm_strided(int64_t m, int64_t n, int64_t k, Strided<double> a, Strided<double> b, double* c, int64_t ldc,
                  bool accumulate) {
  if (m <= 0 || n <= 0) return;
  parallel_parts(2 * gemm_work(m, n, k), [&](Part part) {
    HWY_DYNAMIC_DISPATCH(GemmStridedF64)(m, n, k, a, b, c, ldc, accumulate, part);
  });
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
