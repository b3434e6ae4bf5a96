// The one inner loop of GEMM and convolution: MR rows by one panel of packed weights, sums held in registers.
//
// Rows are given by pointers ("indirect"), in segments: segment s of row i starts at a[s * MR + i] and has `length`
// numbers. A matrix is one segment per row; a convolution window is one per tap, or one per window row where the taps
// lie side by side. Every sum adds its products in the order of k from zero, whatever the tile's height, so results do
// not depend on how rows are shared out. Of windows that are too short for segments, each number's place is listed
// (`taps`).
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

// 6 rows by 2 vectors fill AVX2's 16 registers; 32 registers take 4 vectors. Where a processor has no FMA, speed is not
// to be had, and each height takes its time to compile.
static constexpr bool kFullTiles = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_NEON;
static constexpr int kTileRows = kFullTiles ? 6 : 2;
static constexpr int kTileVectors = (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON) ? 4 : 2;

template <class T>
struct TileArgs {
  int64_t segments;
  int64_t length;
  const T* const* a;
  const int64_t* taps;  // where the `length` numbers of the one segment are, from its start; or null: side by side
  const T* b;           // [segments * length][panel width]
  const T* next;        // weights that will be wanted next, to be fetched meanwhile; or null
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

// What is known of a tile when it is compiled.
struct Plain {
  static constexpr bool kFetch = false;   // one line of the next weights per four k is brought nearer meanwhile
  static constexpr bool kPool = false;    // one row is stored, the maximum of all
  static constexpr bool kTaps = false;    // TileArgs::taps is there
  static constexpr bool kMasked = false;  // the last vector sticks out of C
};
struct Fetching : Plain {
  static constexpr bool kFetch = true;
};
struct Pooled : Plain {
  static constexpr bool kPool = true;
};
struct Tapped : Plain {
  static constexpr bool kTaps = true;
};
struct TappedPooled : Tapped {
  static constexpr bool kPool = true;
};
template <class Kind>
struct Masked : Kind {
  static constexpr bool kMasked = true;
};

// MR rows by NV vectors.
template <class T, int MR, int NV, class Kind = Plain>
HWY_NOINLINE void WholeTile(const TileArgs<T>& t) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<hn::ScalableTag<T>>;
  constexpr int64_t lanes = static_cast<int64_t>(HWY_LANES(T));
  constexpr int64_t width = kTileVectors * lanes;
  const int64_t last = t.columns - (NV - 1) * lanes;  // numbers of the last vector
  const auto load = [&](const T* p, auto j) HB_INLINE_LAMBDA {
    if constexpr (Kind::kMasked && decltype(j)::value == NV - 1) return LoadN(d, p + j * lanes, last);
    return hn::LoadU(d, p + j * lanes);
  };
  const auto store = [&](V v, T* p, auto j) HB_INLINE_LAMBDA {
    if constexpr (Kind::kMasked && decltype(j)::value == NV - 1) return StoreN(v, d, p + j * lanes, last);
    hn::StoreU(v, d, p + j * lanes);
  };
  V c[MR][NV];
  if (t.bias) {
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { c[i][j] = load(t.bias, j); });
  } else {
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { c[i][j] = hn::Zero(d); });
  }
  if (t.start) {
    const T* HWY_RESTRICT start = t.start;
    Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA {
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[i][j] = hn::Add(c[i][j], load(start, j)); });
      start += t.start_stride;
    });
  }
  const T* HWY_RESTRICT b = t.b;
  const T* HWY_RESTRICT next = t.next;
  const T* const* rows = t.a;
  const int64_t* HWY_RESTRICT taps = t.taps;
  const int64_t length = t.length;
  for (int64_t s = 0; s < t.segments; ++s, rows += MR) {
    const T* a[MR];
    Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA { a[i] = rows[i]; });
    HB_UNROLL(2)
    for (int64_t k = 0; k < length; ++k) {
      V bv[NV];
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { bv[j] = hn::Load(d, b + j * lanes); });
      b += width;
      if constexpr (Kind::kFetch) {
        hwy::Prefetch(next);
        next += width / 4;
      }
      int64_t at = k;
      if constexpr (Kind::kTaps) at = taps[k];
      Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA {
        const V av = hn::Set(d, a[i][at]);
        Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[i][j] = hn::MulAdd(av, bv[j], c[i][j]); });
      });
    }
  }
  if constexpr (Kind::kPool) {
    Unrolled<MR - 1>([&](auto i) HB_INLINE_LAMBDA {
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[0][j] = hn::Max(c[0][j], c[i + 1][j]); });
    });
    if (t.clamp) {
      const V low = hn::Set(d, t.low), high = hn::Set(d, t.high);
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[0][j] = ClampTo(c[0][j], low, high); });
    }
    Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { store(c[0][j], t.c, j); });
    return;
  }
  if (t.clamp) {
    const V low = hn::Set(d, t.low), high = hn::Set(d, t.high);
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { c[i][j] = ClampTo(c[i][j], low, high); });
  }
  T* HWY_RESTRICT out = t.c;
  const int64_t stride = t.c_stride;
  Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA {
    Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { store(c[i][j], out, j); });
    out += stride;
  });
}

template <class T, int MR, int NV, class Kind>
HWY_INLINE void Tile(const TileArgs<T>& t) {
  if (t.columns >= NV * static_cast<int64_t>(HWY_LANES(T))) {
    if constexpr (MR == kTileRows && NV == kTileVectors && std::is_same_v<Kind, Plain>) {
      if (t.next) return WholeTile<T, MR, NV, Fetching>(t);
    }
    return WholeTile<T, MR, NV, Kind>(t);
  }
  WholeTile<T, MR, NV, Masked<Kind>>(t);
}

// Fewer vectors than the panel has when it is the last and short.
template <class T, int MR, class Kind>
HWY_INLINE void TileColumns(const TileArgs<T>& t) {
  constexpr int64_t lanes = static_cast<int64_t>(HWY_LANES(T));
  if constexpr (kTileVectors == 4) {
    if (t.columns > 3 * lanes) return Tile<T, MR, 4, Kind>(t);
    if (t.columns > 2 * lanes) return Tile<T, MR, 3, Kind>(t);
  }
  if (t.columns > lanes) return Tile<T, MR, 2, Kind>(t);
  return Tile<T, MR, 1, Kind>(t);
}

// fn(height) with a constant, for one of the heights that tiles have.
template <class Fn>
HWY_INLINE void WithRows(int64_t rows, const Fn& fn) {
  if constexpr (kTileRows == 6) {
    switch (rows) {
      case 6:
        return fn(std::integral_constant<int, 6>());
      case 5:
        return fn(std::integral_constant<int, 5>());
      case 4:
        return fn(std::integral_constant<int, 4>());
      case 3:
        return fn(std::integral_constant<int, 3>());
      default:
        break;
    }
  }
  rows == 2 ? fn(std::integral_constant<int, 2>()) : fn(std::integral_constant<int, 1>());
}

template <class T, class Kind>
HWY_INLINE void TileOf(int rows, const TileArgs<T>& t) {
  WithRows(rows, [&](auto mr) HB_INLINE_LAMBDA { TileColumns<T, decltype(mr)::value, Kind>(t); });
}

// Height of the next tile when `left` rows remain: kTileRows, but the last two share what is left evenly (7 = 4 + 3,
// not 6 + 1: a one-row tile waits for its own sums).
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
