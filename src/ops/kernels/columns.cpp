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

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {

HWY_EXPORT(ColumnSums);

void column_sums_part(int64_t rows, int64_t columns, const float* x, float* y, Part part) {
  HWY_DYNAMIC_DISPATCH(ColumnSums)(rows, columns, x, y, part);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
