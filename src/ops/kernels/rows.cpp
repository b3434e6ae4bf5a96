#include "ops/kernels/rows.h"

#include <algorithm>
#include <cmath>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/binary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

HWY_INLINE float Total(VF v) { return hn::GetLane(hn::SumOfLanes(F32(), v)); }

// Sum of f(vector) over one row.
template <class Fn>
HWY_INLINE float SumRow(int64_t columns, const float* x, const Fn& fn) {
  const F32 d;
  VF even = hn::Zero(d), odd = hn::Zero(d);
  int64_t i = 0;
  for (; i + 2 * kLanes <= columns; i += 2 * kLanes) {
    even = hn::Add(even, fn(hn::LoadU(d, x + i), i, kLanes));
    odd = hn::Add(odd, fn(hn::LoadU(d, x + i + kLanes), i + kLanes, kLanes));
  }
  for (; i < columns; i += kLanes) {
    const int64_t n = std::min(kLanes, columns - i);
    const VF v = fn(LoadSome(d, x + i, n), i, n);
    even = hn::Add(even, n == kLanes ? v : hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(n)), v));
  }
  return Total(hn::Add(even, odd));
}

float MaxRow(int64_t columns, const float* x) {
  const F32 d;
  VF m = Fill(-std::numeric_limits<float>::infinity());
  int64_t i = 0;
  for (; i + kLanes <= columns; i += kLanes) m = hn::Max(m, hn::LoadU(d, x + i));
  float best = hn::GetLane(hn::MaxOfLanes(d, m));
  for (; i < columns; ++i) best = std::max(best, x[i]);
  return best;  // NaNs may be lost here; they come back through exp(x - max)
}

void Softmax(int64_t rows, int64_t columns, const float* x, float* y) {
  const F32 d;
  for (int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    const VF m = Fill(MaxRow(columns, x));
    const float sum = SumRow(columns, x, [&](VF v, int64_t i, int64_t n) HWY_ATTR {
      const VF e = Exp(hn::Sub(v, m));
      StoreSome(e, d, y + i, n);
      return e;
    });
    const VF inverse = Fill(1.0F / sum);
    for (int64_t i = 0; i < columns; i += kLanes) {
      const int64_t n = std::min(kLanes, columns - i);
      StoreSome(hn::Mul(LoadSome(d, y + i, n), inverse), d, y + i, n);
    }
  }
}

void LogSoftmax(int64_t rows, int64_t columns, const float* x, float* y) {
  const F32 d;
  for (int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    const VF m = Fill(MaxRow(columns, x));
    const float sum = SumRow(columns, x, [&](VF v, int64_t, int64_t) HWY_ATTR { return Exp(hn::Sub(v, m)); });
    const VF log_sum = Fill(std::log(sum));
    for (int64_t i = 0; i < columns; i += kLanes) {
      const int64_t n = std::min(kLanes, columns - i);
      StoreSome(hn::Sub(hn::Sub(LoadSome(d, x + i, n), m), log_sum), d, y + i, n);
    }
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {
namespace {
HWY_EXPORT(Softmax);
HWY_EXPORT(LogSoftmax);

// Rows that take about 10 us.
int64_t row_grain(int64_t columns) { return 16384 / std::max<int64_t>(columns, 1) + 1; }
}  // namespace

void softmax_part(int64_t rows, int64_t columns, const float* x, float* y, Part part) {
  const Range r = slice(rows, part);
  if (r.begin < r.end)
    HWY_DYNAMIC_DISPATCH(Softmax)(r.end - r.begin, columns, x + r.begin * columns, y + r.begin * columns);
}
void softmax(int64_t rows, int64_t columns, const float* x, float* y) {
  parallel_for(rows, row_grain(columns), [&](int64_t b, int64_t e) {
    HWY_DYNAMIC_DISPATCH(Softmax)(e - b, columns, x + b * columns, y + b * columns);
  });
}
void log_softmax(int64_t rows, int64_t columns, const float* x, float* y) {
  parallel_for(rows, row_grain(columns), [&](int64_t b, int64_t e) {
    HWY_DYNAMIC_DISPATCH(LogSoftmax)(e - b, columns, x + b * columns, y + b * columns);
  });
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
