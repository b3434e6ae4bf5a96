#include "ops/kernels/batch_norm.h"

#include <algorithm>
#include <type_traits>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/batch_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/binary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

// Calls fn(column, count) for each vector of columns: count is kLanes but for the last.
template <class Fn>
HWY_INLINE void ForEachVector(int64_t columns, const Fn& fn) {
  int64_t c = 0;
  for (; c + kLanes <= columns; c += kLanes) fn(c, kLanes);
  if (c < columns) fn(c, columns - c);
}

// to[c] = sum over rows of f(row, c, count). Four rows at a time: the sums are in memory.
template <class Fn>
HWY_INLINE void SumRows(int64_t rows, int64_t columns, float* to, const Fn& f) {
  const F32 d;
  std::fill_n(to, columns, 0.0F);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    ForEachVector(columns, [&](int64_t c, int64_t n) HWY_ATTR {
      const VF four = hn::Add(hn::Add(f(r, c, n), f(r + 1, c, n)), hn::Add(f(r + 2, c, n), f(r + 3, c, n)));
      StoreSome(hn::Add(LoadSome(d, to + c, n), four), d, to + c, n);
    });
  }
  for (; r < rows; ++r) {
    ForEachVector(columns, [&](int64_t c, int64_t n)
                               HWY_ATTR { StoreSome(hn::Add(LoadSome(d, to + c, n), f(r, c, n)), d, to + c, n); });
  }
}

void BlockMoments(const RowBlocks& blocks, const float* x, float* sums, Part part) {
  const F32 d;
  const Range own = slice(blocks.count(), part);
  const int64_t columns = blocks.columns;
  for (int64_t b = own.begin; b < own.end; ++b) {
    const int64_t rows = blocks.rows_of(b);
    const float* p = x + b * blocks.block * columns;
    float* mean = sums + b * 2 * columns;
    SumRows(rows, columns, mean,
            [&](int64_t r, int64_t c, int64_t n) HWY_ATTR { return LoadSome(d, p + r * columns + c, n); });
    const VF count = Fill(static_cast<float>(rows));
    ForEachVector(columns, [&](int64_t c, int64_t n)
                               HWY_ATTR { StoreSome(hn::Div(LoadSome(d, mean + c, n), count), d, mean + c, n); });
    SumRows(rows, columns, mean + columns, [&](int64_t r, int64_t c, int64_t n) HWY_ATTR {
      const VF t = hn::Sub(LoadSome(d, p + r * columns + c, n), LoadSome(d, mean + c, n));
      return hn::Mul(t, t);
    });
  }
}

constexpr int64_t kJoined = 64;  // columns at a time

void JoinMoments(const RowBlocks& blocks, const float* sums, float* mean, float* variance, Part part) {
  const Range own = slice(blocks.columns, part, 16);
  for (int64_t c0 = own.begin; c0 < own.end; c0 += kJoined) {
    const int64_t n = std::min(kJoined, own.end - c0);
    double center[kJoined] = {}, squares[kJoined] = {};
    for (int64_t b = 0; b < blocks.count(); ++b) {
      const float *block_mean = sums + b * 2 * blocks.columns + c0, *block_squares = block_mean + blocks.columns;
      const auto before = static_cast<double>(b * blocks.block), now = static_cast<double>(blocks.rows_of(b));
      const double share = now / (before + now), weight = before * share;
      for (int64_t i = 0; i < n; ++i) {
        const double delta = static_cast<double>(block_mean[i]) - center[i];
        center[i] += delta * share;
        squares[i] += static_cast<double>(block_squares[i]) + delta * delta * weight;
      }
    }
    for (int64_t i = 0; i < n; ++i) {
      mean[c0 + i] = static_cast<float>(center[i]);
      variance[c0 + i] = static_cast<float>(squares[i] / static_cast<double>(blocks.rows));
    }
  }
}

// What normalisation makes of a vector of x, before relu.
HWY_INLINE VF Normalised(const Normalisation& n, VF x, int64_t c, int64_t count) {
  const F32 d;
  return hn::MulAdd(hn::Sub(x, LoadSome(d, n.mean + c, count)), LoadSome(d, n.factor + c, count),
                    LoadSome(d, n.offset + c, count));
}
// g where relu let the number through.
template <bool kRelu>
HWY_INLINE VF Passed(const Normalisation& n, VF g, VF x, int64_t c, int64_t count) {
  if constexpr (!kRelu) return g;
  return hn::IfThenElseZero(hn::Gt(Normalised(n, x, c, count), hn::Zero(F32())), g);
}

template <bool kRelu, bool kSide>
HWY_INLINE void NormaliseRows(int64_t rows, int64_t columns, const Normalisation& n, const float* x, const float* side,
                              float* y) {
  const F32 d;
  for (int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    ForEachVector(columns, [&](int64_t c, int64_t count) HWY_ATTR {
      VF v = Normalised(n, LoadSome(d, x + c, count), c, count);
      if constexpr (kSide) v = hn::Add(v, LoadSome(d, side + c, count));
      if constexpr (kRelu) v = MaxOr(hn::Zero(d), v);
      StoreSome(v, d, y + c, count);
    });
    if constexpr (kSide) side += columns;
  }
}

void Normalise(const RowBlocks& blocks, const Normalisation& n, const float* x, const float* side, float* y,
               Part part) {
  const Range own = slice(blocks.rows, part, blocks.block);
  const int64_t rows = own.end - own.begin, at = own.begin * blocks.columns;
  if (rows <= 0) return;
  if (side) {
    n.relu ? NormaliseRows<true, true>(rows, blocks.columns, n, x + at, side + at, y + at)
           : NormaliseRows<false, true>(rows, blocks.columns, n, x + at, side + at, y + at);
  } else {
    n.relu ? NormaliseRows<true, false>(rows, blocks.columns, n, x + at, nullptr, y + at)
           : NormaliseRows<false, false>(rows, blocks.columns, n, x + at, nullptr, y + at);
  }
}

template <bool kRelu>
HWY_INLINE void ProductsOf(const RowBlocks& blocks, const Normalisation& n, const float* g, const float* x, float* sums,
                           Part part) {
  const F32 d;
  const Range own = slice(blocks.count(), part);
  const int64_t columns = blocks.columns;
  for (int64_t b = own.begin; b < own.end; ++b) {
    const int64_t rows = blocks.rows_of(b), at = b * blocks.block * columns;
    const float *p = g + at, *q = x + at;
    float *total = sums + b * 2 * columns, *product = total + columns;
    std::fill_n(total, 2 * columns, 0.0F);
    int64_t r = 0;
    const auto add = [&](auto height) HWY_ATTR {
      ForEachVector(columns, [&](int64_t c, int64_t count) HWY_ATTR {
        const VF mean = LoadSome(d, n.mean + c, count);
        VF s = LoadSome(d, total + c, count), t = LoadSome(d, product + c, count);
        for (int64_t i = r; i < r + height.value; ++i) {
          const VF v = LoadSome(d, q + i * columns + c, count);
          const VF passed = Passed<kRelu>(n, LoadSome(d, p + i * columns + c, count), v, c, count);
          s = hn::Add(s, passed);
          t = hn::MulAdd(passed, hn::Sub(v, mean), t);
        }
        StoreSome(s, d, total + c, count);
        StoreSome(t, d, product + c, count);
      });
    };
    for (; r + 4 <= rows; r += 4) add(std::integral_constant<int64_t, 4>());
    for (; r < rows; ++r) add(std::integral_constant<int64_t, 1>());
  }
}
void BlockProducts(const RowBlocks& blocks, const Normalisation& n, const float* g, const float* x, float* sums,
                   Part part) {
  n.relu ? ProductsOf<true>(blocks, n, g, x, sums, part) : ProductsOf<false>(blocks, n, g, x, sums, part);
}

void JoinProducts(const RowBlocks& blocks, const float* sums, double* total, double* product, Part part) {
  const Range own = slice(blocks.columns, part, 16);
  std::fill(total + own.begin, total + own.end, 0.0);
  std::fill(product + own.begin, product + own.end, 0.0);
  for (int64_t b = 0; b < blocks.count(); ++b) {
    const float *s = sums + b * 2 * blocks.columns, *t = s + blocks.columns;
    for (int64_t c = own.begin; c < own.end; ++c) {
      total[c] += static_cast<double>(s[c]);
      product[c] += static_cast<double>(t[c]);
    }
  }
}

template <bool kRelu>
HWY_INLINE void GradientRows(int64_t rows, int64_t columns, const Normalisation& n, const NormalisationGradient& by,
                             const float* g, const float* x, float* dx) {
  const F32 d;
  for (int64_t r = 0; r < rows; ++r, g += columns, x += columns, dx += columns) {
    ForEachVector(columns, [&](int64_t c, int64_t count) HWY_ATTR {
      const VF v = LoadSome(d, x + c, count);
      const VF passed = Passed<kRelu>(n, LoadSome(d, g + c, count), v, c, count);
      const VF u = hn::Sub(passed, LoadSome(d, by.center + c, count));
      const VF w = hn::Sub(v, LoadSome(d, n.mean + c, count));
      StoreSome(hn::MulAdd(u, LoadSome(d, by.a + c, count), hn::Mul(w, LoadSome(d, by.b + c, count))), d, dx + c,
                count);
    });
  }
}
void NormaliseGradient(const RowBlocks& blocks, const Normalisation& n, const NormalisationGradient& by, const float* g,
                       const float* x, float* dx, Part part) {
  const Range own = slice(blocks.rows, part, blocks.block);
  const int64_t rows = own.end - own.begin, at = own.begin * blocks.columns;
  if (rows <= 0) return;
  n.relu ? GradientRows<true>(rows, blocks.columns, n, by, g + at, x + at, dx + at)
         : GradientRows<false>(rows, blocks.columns, n, by, g + at, x + at, dx + at);
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {
namespace {
HWY_EXPORT(BlockMoments);
HWY_EXPORT(JoinMoments);
HWY_EXPORT(Normalise);
HWY_EXPORT(BlockProducts);
HWY_EXPORT(JoinProducts);
HWY_EXPORT(NormaliseGradient);
}  // namespace

// 128 KiB at most, a multiple of four rows.
RowBlocks::RowBlocks(int64_t row_count, int64_t column_count)
    : rows(row_count),
      columns(column_count),
      block(std::clamp<int64_t>((32 << 10) / std::max<int64_t>(column_count, 1), 4, 256) / 4 * 4) {}

void block_moments_part(const RowBlocks& blocks, const float* x, float* sums, Part part) {
  HWY_DYNAMIC_DISPATCH(BlockMoments)(blocks, x, sums, part);
}
void join_moments_part(const RowBlocks& blocks, const float* sums, float* mean, float* variance, Part part) {
  HWY_DYNAMIC_DISPATCH(JoinMoments)(blocks, sums, mean, variance, part);
}
void normalise_part(const RowBlocks& blocks, const Normalisation& n, const float* x, const float* side, float* y,
                    Part part) {
  HWY_DYNAMIC_DISPATCH(Normalise)(blocks, n, x, side, y, part);
}
void block_products_part(const RowBlocks& blocks, const Normalisation& n, const float* g, const float* x, float* sums,
                         Part part) {
  HWY_DYNAMIC_DISPATCH(BlockProducts)(blocks, n, g, x, sums, part);
}
void join_products_part(const RowBlocks& blocks, const float* sums, double* total, double* product, Part part) {
  HWY_DYNAMIC_DISPATCH(JoinProducts)(blocks, sums, total, product, part);
}
void normalise_gradient_part(const RowBlocks& blocks, const Normalisation& n, const NormalisationGradient& gradient,
                             const float* g, const float* x, float* dx, Part part) {
  HWY_DYNAMIC_DISPATCH(NormaliseGradient)(blocks, n, gradient, g, x, dx, part);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
