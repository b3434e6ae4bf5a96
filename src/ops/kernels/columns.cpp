#include "ops/kernels/columns.h"

#include <algorithm>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/columns.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/binary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

// Rows per block: long enough to amortise, short enough that its sum is exact to a few ulp and a tile of it stays in
// L2.
static constexpr int64_t kBlockRows = 256;
static constexpr int kVectors = 4;  // columns of a tile

// Calls fn(first column, columns, vectors) for tiles of the part's share of the columns; `vectors` is a constant.
template <class Fn>
HWY_INLINE void ForEachTile(int64_t columns, Part part, const Fn& fn) {
  const Range own = slice(columns, part, 16);
  for (int64_t c = own.begin; c < own.end; c += kVectors * kLanes) {
    fn(c, std::min(kVectors * kLanes, own.end - c));
  }
}

// sums[0, n) = sum over the rows of f(row, column, count): vectors of as many columns.
template <class Fn>
HWY_INLINE void SumBlock(int64_t rows, int64_t n, float* sums, const Fn& f) {
  const F32 d;
  VF sum[kVectors];
  for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(d);
  if (n == kVectors * kLanes) {
    for (int64_t r = 0; r < rows; ++r) {
      for (int v = 0; v < kVectors; ++v) sum[v] = hn::Add(sum[v], f(r, v * kLanes, kLanes));
    }
  } else {
    for (int v = 0; v < kVectors && v * kLanes < n; ++v) {
      const int64_t count = std::min(kLanes, n - v * kLanes);
      // In the order of the whole tile: which columns share a tile depends on the parts.
      for (int64_t r = 0; r < rows; ++r) sum[v] = hn::Add(sum[v], f(r, v * kLanes, count));
    }
  }
  for (int v = 0; v < kVectors && v * kLanes < n; ++v) {
    StoreSome(sum[v], d, sums + v * kLanes, std::min(kLanes, n - v * kLanes));
  }
}

void ColumnSums(int64_t rows, int64_t columns, const float* x, float* y, Part part) {
  const F32 d;
  ForEachTile(columns, part, [&](int64_t c, int64_t n) HWY_ATTR {
    double total[kVectors * kLanes] = {};
    HWY_ALIGN float block[kVectors * kLanes];
    for (int64_t r0 = 0; r0 < rows; r0 += kBlockRows) {
      const float* p = x + r0 * columns + c;
      SumBlock(std::min(kBlockRows, rows - r0), n, block,
               [&](int64_t r, int64_t at, int64_t count) HWY_ATTR { return LoadSome(d, p + r * columns + at, count); });
      for (int64_t i = 0; i < n; ++i) total[i] += static_cast<double>(block[i]);
    }
    for (int64_t i = 0; i < n; ++i) y[c + i] = static_cast<float>(total[i]);
  });
}

// Each block's own mean and deviations, joined by Chan's formula.
void ColumnMoments(int64_t rows, int64_t columns, const float* x, float* mean, float* variance, Part part) {
  const F32 d;
  ForEachTile(columns, part, [&](int64_t c, int64_t n) HWY_ATTR {
    double center[kVectors * kLanes] = {}, squares[kVectors * kLanes] = {};
    HWY_ALIGN float block[kVectors * kLanes], block_mean[kVectors * kLanes] = {};
    for (int64_t r0 = 0; r0 < rows; r0 += kBlockRows) {
      const float* p = x + r0 * columns + c;
      const int64_t count = std::min(kBlockRows, rows - r0);
      SumBlock(count, n, block,
               [&](int64_t r, int64_t at, int64_t k) HWY_ATTR { return LoadSome(d, p + r * columns + at, k); });
      for (int64_t i = 0; i < n; ++i) block_mean[i] = block[i] / static_cast<float>(count);
      SumBlock(count, n, block, [&](int64_t r, int64_t at, int64_t k) HWY_ATTR {
        const VF t = hn::Sub(LoadSome(d, p + r * columns + at, k), hn::Load(d, block_mean + at));
        return hn::Mul(t, t);
      });
      const double before = static_cast<double>(r0), now = static_cast<double>(count);
      for (int64_t i = 0; i < n; ++i) {
        const double delta = static_cast<double>(block_mean[i]) - center[i];
        center[i] += delta * now / (before + now);
        squares[i] += static_cast<double>(block[i]) + delta * delta * before * now / (before + now);
      }
    }
    for (int64_t i = 0; i < n; ++i) {
      mean[c + i] = static_cast<float>(center[i]);
      variance[c + i] = static_cast<float>(squares[i] / static_cast<double>(rows));
    }
  });
}

void ColumnProducts(int64_t rows, int64_t columns, const float* g, const float* x, const float* center, float* sums,
                    float* products, Part part) {
  const F32 d;
  ForEachTile(columns, part, [&](int64_t c, int64_t n) HWY_ATTR {
    double total[kVectors * kLanes] = {}, weighted[kVectors * kLanes] = {};
    HWY_ALIGN float block[kVectors * kLanes], middle[kVectors * kLanes] = {};
    std::copy_n(center + c, n, middle);
    for (int64_t r0 = 0; r0 < rows; r0 += kBlockRows) {
      const int64_t count = std::min(kBlockRows, rows - r0);
      const float *p = g + r0 * columns + c, *q = x + r0 * columns + c;
      SumBlock(count, n, block,
               [&](int64_t r, int64_t at, int64_t k) HWY_ATTR { return LoadSome(d, p + r * columns + at, k); });
      for (int64_t i = 0; i < n; ++i) total[i] += static_cast<double>(block[i]);
      SumBlock(count, n, block, [&](int64_t r, int64_t at, int64_t k) HWY_ATTR {
        const VF deviation = hn::Sub(LoadSome(d, q + r * columns + at, k), hn::Load(d, middle + at));
        return hn::Mul(LoadSome(d, p + r * columns + at, k), deviation);
      });
      for (int64_t i = 0; i < n; ++i) weighted[i] += static_cast<double>(block[i]);
    }
    for (int64_t i = 0; i < n; ++i) {
      sums[c + i] = static_cast<float>(total[i]);
      products[c + i] = static_cast<float>(weighted[i]);
    }
  });
}

void ScaleColumns(int64_t rows, int64_t columns, const float* x, const float* center, const float* b, const float* s,
                  float* y) {
  const F32 d;
  for (int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    for (int64_t c = 0; c < columns; c += kLanes) {
      const int64_t n = std::min(kLanes, columns - c);
      const VF deviation = hn::Sub(LoadSome(d, x + c, n), LoadSome(d, center + c, n));
      StoreSome(hn::MulAdd(deviation, LoadSome(d, b + c, n), LoadSome(d, s + c, n)), d, y + c, n);
    }
  }
}

void CombineColumns(int64_t rows, int64_t columns, const float* g, const float* g_center, const float* a,
                    const float* x, const float* center, const float* b, float* y) {
  const F32 d;
  for (int64_t r = 0; r < rows; ++r, g += columns, x += columns, y += columns) {
    for (int64_t c = 0; c < columns; c += kLanes) {
      const int64_t n = std::min(kLanes, columns - c);
      const VF u = hn::Sub(LoadSome(d, g + c, n), LoadSome(d, g_center + c, n));
      const VF v = hn::Sub(LoadSome(d, x + c, n), LoadSome(d, center + c, n));
      StoreSome(hn::MulAdd(u, LoadSome(d, a + c, n), hn::Mul(v, LoadSome(d, b + c, n))), d, y + c, n);
    }
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {

HWY_EXPORT(ColumnSums);
HWY_EXPORT(ColumnMoments);
HWY_EXPORT(ColumnProducts);
HWY_EXPORT(ScaleColumns);
HWY_EXPORT(CombineColumns);

void column_sums_part(int64_t rows, int64_t columns, const float* x, float* y, Part part) {
  HWY_DYNAMIC_DISPATCH(ColumnSums)(rows, columns, x, y, part);
}
void column_moments_part(int64_t rows, int64_t columns, const float* x, float* mean, float* variance, Part part) {
  HWY_DYNAMIC_DISPATCH(ColumnMoments)(rows, columns, x, mean, variance, part);
}
void column_products_part(int64_t rows, int64_t columns, const float* g, const float* x, const float* center,
                          float* sums, float* products, Part part) {
  HWY_DYNAMIC_DISPATCH(ColumnProducts)(rows, columns, g, x, center, sums, products, part);
}
void scale_columns_part(int64_t rows, int64_t columns, const float* x, const float* center, const float* b,
                        const float* s, float* y, Part part) {
  const Range own = slice(rows, part);
  const int64_t at = own.begin * columns;
  HWY_DYNAMIC_DISPATCH(ScaleColumns)(own.end - own.begin, columns, x + at, center, b, s, y + at);
}
void combine_columns_part(int64_t rows, int64_t columns, const float* g, const float* g_center, const float* a,
                          const float* x, const float* center, const float* b, float* y, Part part) {
  const Range own = slice(rows, part);
  const int64_t at = own.begin * columns;
  HWY_DYNAMIC_DISPATCH(CombineColumns)(own.end - own.begin, columns, g + at, g_center, a, x + at, center, b, y + at);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
