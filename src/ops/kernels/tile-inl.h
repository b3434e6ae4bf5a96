// The one inner loop of GEMM and convolution: MR rows by one panel of packed weights, sums held in registers.
//
// Rows are given by pointers ("indirect"), in segments: segment s of row i starts at a[s * MR + i] and has `length`
// numbers. A matrix is one segment per row; a convolution window is one per tap, or one per window row where the taps
// lie side by side. Every sum adds its products in the order of k from zero, whatever the tile's height, so results do
// not depend on how rows are shared out.
#if defined(HORNBEAM_KERNELS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HORNBEAM_KERNELS_TILE_INL_H_
#undef HORNBEAM_KERNELS_TILE_INL_H_
#else
#define HORNBEAM_KERNELS_TILE_INL_H_
#endif

#include <hwy/cache_control.h>

#include <type_traits>
#include <utility>

#include "ops/kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// 6 rows by 2 vectors fill AVX2's 16 registers; 32 registers take 4 vectors.
static constexpr int kTileRows = 6;
static constexpr int kTileVectors = (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON) ? 4 : 2;

template <class T>
struct TileArgs {
  int64_t segments;
  int64_t length;
  const T* const* a;
  const T* b;     // [segments * length][panel width]
  const T* next;  // weights that will be wanted next, to be fetched meanwhile; or null
  T* c;
  int64_t c_stride;
  int64_t columns;  // of this panel that exist in C
  const T* bias;    // what the sums start from: a row, and/or
  const T* start;   // a tile (C so far, or the residual); null: zero
  int64_t start_stride;
  bool clamp;  // at the end
  T low, high;
};

// Lambdas that must dissolve into their caller.
#define HB_INLINE_LAMBDA HWY_ATTR __attribute__((always_inline))

// fn(0) ... fn(N - 1) with constants for arguments: arrays indexed by them become registers, which a loop that the
// compiler unrolls late does not achieve.
template <int N, class Fn>
HWY_INLINE void Unrolled(const Fn& fn) {
  [&]<int... I>(std::integer_sequence<int, I...>) HB_INLINE_LAMBDA { (fn(std::integral_constant<int, I>()), ...); }
  (std::make_integer_sequence<int, N>());
}
// fn(i, j) over MR x NV
template <int MR, int NV, class Fn>
HWY_INLINE void UnrolledTile(const Fn& fn) {
  Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA { Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { fn(i, j); }); });
}

// A tile whose NV vectors all exist in C.
// kFetch: one line of the next weights per four k is brought nearer meanwhile.
// kPool: one row is stored, the maximum of all.
template <class T, int MR, int NV, bool kFetch = false, bool kPool = false>
HWY_NOINLINE void WholeTile(const TileArgs<T>& t) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<hn::ScalableTag<T>>;
  constexpr int64_t lanes = static_cast<int64_t>(HWY_LANES(T));
  constexpr int64_t width = kTileVectors * lanes;
  V c[MR][NV];
  if (t.bias) {
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { c[i][j] = hn::LoadU(d, t.bias + j * lanes); });
  } else {
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { c[i][j] = hn::Zero(d); });
  }
  if (t.start) {
    const T* HWY_RESTRICT start = t.start;
    Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA {
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[i][j] = hn::Add(c[i][j], hn::LoadU(d, start + j * lanes)); });
      start += t.start_stride;
    });
  }
  const T* HWY_RESTRICT b = t.b;
  const T* HWY_RESTRICT next = t.next;
  const T* const* rows = t.a;
  const int64_t length = t.length;
  for (int64_t s = 0; s < t.segments; ++s, rows += MR) {
    const T* a[MR];
    Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA { a[i] = rows[i]; });
    HB_UNROLL(2)
    for (int64_t k = 0; k < length; ++k) {
      V bv[NV];
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { bv[j] = hn::Load(d, b + j * lanes); });
      b += width;
      if constexpr (kFetch) {
        hwy::Prefetch(next);
        next += width / 4;
      }
      Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA {
        const V av = hn::Set(d, a[i][k]);
        Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[i][j] = hn::MulAdd(av, bv[j], c[i][j]); });
      });
    }
  }
  if constexpr (kPool) {
    Unrolled<MR - 1>([&](auto i) HB_INLINE_LAMBDA {
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[0][j] = hn::Max(c[0][j], c[i + 1][j]); });
    });
    if (t.clamp) {
      const V low = hn::Set(d, t.low), high = hn::Set(d, t.high);
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[0][j] = ClampTo(c[0][j], low, high); });
    }
    Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { hn::StoreU(c[0][j], d, t.c + j * lanes); });
    return;
  }
  if (t.clamp) {
    const V low = hn::Set(d, t.low), high = hn::Set(d, t.high);
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { c[i][j] = ClampTo(c[i][j], low, high); });
  }
  T* HWY_RESTRICT out = t.c;
  const int64_t stride = t.c_stride;
  Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA {
    Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { hn::StoreU(c[i][j], d, out + j * lanes); });
    out += stride;
  });
}

// A tile whose last vector sticks out of C works on a copy.
template <class T, int MR, int NV>
HWY_NOINLINE void PartialTile(const TileArgs<T>& t) {
  constexpr int64_t width = NV * static_cast<int64_t>(HWY_LANES(T));
  HWY_ALIGN T c[MR * width] = {}, bias[width] = {};
  TileArgs<T> u = t;
  u.c = c;
  u.c_stride = width;
  u.columns = width;
  const auto copy_rows = [&](const T* from, int64_t from_stride, T* to, int64_t to_stride) HWY_ATTR {
    for (int i = 0; i < MR; ++i)
      for (int64_t j = 0; j < t.columns; ++j) to[i * to_stride + j] = from[i * from_stride + j];
  };
  if (t.start) {
    copy_rows(t.start, t.start_stride, c, width);
    u.start = c;
    u.start_stride = width;
  }
  if (t.bias) {
    for (int64_t j = 0; j < t.columns; ++j) bias[j] = t.bias[j];
    u.bias = bias;
  }
  WholeTile<T, MR, NV>(u);
  copy_rows(c, width, t.c, t.c_stride);
}

template <class T, int MR, int NV>
HWY_INLINE void Tile(const TileArgs<T>& t) {
  if (t.columns >= NV * static_cast<int64_t>(HWY_LANES(T))) {
    if constexpr (MR == kTileRows && NV == kTileVectors) {
      if (t.next) return WholeTile<T, MR, NV, true>(t);
    }
    return WholeTile<T, MR, NV>(t);
  }
  PartialTile<T, MR, NV>(t);
}

// Fewer vectors than the panel has when it is the last and short.
template <class T, int MR>
HWY_INLINE void TileColumns(const TileArgs<T>& t) {
  constexpr int64_t lanes = static_cast<int64_t>(HWY_LANES(T));
  if constexpr (kTileVectors == 4) {
    if (t.columns > 3 * lanes) return Tile<T, MR, 4>(t);
    if (t.columns > 2 * lanes) return Tile<T, MR, 3>(t);
  }
  if (t.columns > lanes) return Tile<T, MR, 2>(t);
  return Tile<T, MR, 1>(t);
}

template <class T>
HWY_INLINE void TileOf(int rows, const TileArgs<T>& t) {
  switch (rows) {
    case 6:
      return TileColumns<T, 6>(t);
    case 5:
      return TileColumns<T, 5>(t);
    case 4:
      return TileColumns<T, 4>(t);
    case 3:
      return TileColumns<T, 3>(t);
    case 2:
      return TileColumns<T, 2>(t);
    default:
      return TileColumns<T, 1>(t);
  }
}

// Height of the next tile when `left` rows remain: 6, but the last two share what is left evenly (7 = 4 + 3, not 6 + 1:
// a one-row tile waits for its own sums).
HWY_INLINE int NextTile(int64_t left) {
  if (left >= 2 * kTileRows || left == kTileRows) return kTileRows;
  if (left < kTileRows) return static_cast<int>(left);
  return static_cast<int>((left + 1) / 2);
}

template <Unary op>
struct ActivateRows {
  static void Run(float* c, int64_t rows, int64_t columns, int64_t stride, float alpha, float beta) {
    const F32 d;
    const VF a = Fill(alpha), b = Fill(beta);
    for (int64_t i = 0; i < rows; ++i, c += stride) {
      int64_t j = 0;
      for (; j + kLanes <= columns; j += kLanes) hn::StoreU(Apply<op>(hn::LoadU(d, c + j), a, b), d, c + j);
      if (j < columns) StoreN(Apply<op>(LoadN(d, c + j, columns - j), a, b), d, c + j, columns - j);
    }
  }
};
// Applied to a finished tile while it is in L1.
HWY_INLINE void Activate(const Activation& f, float* c, int64_t rows, int64_t columns, int64_t stride) {
  Visit<ActivateRows>(f.op, c, rows, columns, stride, f.alpha, f.beta);
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
