#include "ops/kernels/outer.h"

#include <algorithm>
#include <cstring>

#include "ops/kernels/aligned.h"
#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/outer.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/tile-inl.h"

#ifndef HORNBEAM_KERNELS_OUTER_ONCE_
#define HORNBEAM_KERNELS_OUTER_ONCE_
namespace hornbeam::kernels {

// The right operand and what is made of it.
struct OuterArgs {
  int64_t m, n, k;
  const float* b;
  int64_t b_stride;
  float* c;
  int64_t c_stride;
  float* column_sums;
};

// The left operand: rows k of a matrix.
struct OuterMatrix {
  const float* a;
  int64_t stride;
};
// Or windows of an image: k counts output pixels, m taps and the channels of one group.
struct OuterWindows {
  const Conv2DShape* shape;
  const float* source;
  int64_t channels;
};

}  // namespace hornbeam::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

// Products per block: a panel of B and a strip of A stay in L1 beside each other.
static constexpr int64_t kOuterBlock = 256;
static constexpr int64_t kPanel = kTileVectors * kLanes;
static constexpr int64_t kChunk = 256;  // columns of B that are packed at once: half of L2 holds them

// C (+)= A B of a strip of A, packed [k][MR], and a panel of B, packed [k][kPanel].
template <int MR, int NV, bool kTail>
HWY_NOINLINE void OuterTile(int64_t k, const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, float* c,
                            int64_t c_stride, int64_t columns, bool accumulate) {
  const F32 d;
  const int64_t last = columns - (NV - 1) * kLanes;  // numbers of the last vector
  // A block's own sum, added to C's once: one running sum over all pixels of a batch loses too many bits.
  VF sum[MR][NV];
  UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { sum[i][j] = hn::Zero(d); });
  HB_UNROLL(2)
  for (int64_t at = 0; at < k; ++at, a += MR, b += kPanel) {
    VF bv[NV];
    Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { bv[j] = hn::Load(d, b + j * kLanes); });
    Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA {
      const VF av = hn::Set(d, a[i]);
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { sum[i][j] = hn::MulAdd(av, bv[j], sum[i][j]); });
    });
  }
  if (accumulate) {
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA {
      const float* p = c + i * c_stride + j * kLanes;
      if constexpr (kTail && decltype(j)::value == NV - 1) {
        sum[i][j] = hn::Add(sum[i][j], LoadN(d, p, last));
      } else {
        sum[i][j] = hn::Add(sum[i][j], hn::LoadU(d, p));
      }
    });
  }
  UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA {
    float* p = c + i * c_stride + j * kLanes;
    if constexpr (kTail && decltype(j)::value == NV - 1) {
      StoreN(sum[i][j], d, p, last);
    } else {
      hn::StoreU(sum[i][j], d, p);
    }
  });
}

template <int MR, int NV>
HWY_INLINE void OuterVectors(int64_t k, const float* a, const float* b, float* c, int64_t c_stride, int64_t columns,
                             bool accumulate) {
  if (columns == NV * kLanes) return OuterTile<MR, NV, false>(k, a, b, c, c_stride, columns, accumulate);
  OuterTile<MR, NV, true>(k, a, b, c, c_stride, columns, accumulate);
}
template <int MR>
HWY_INLINE void OuterColumns(int64_t k, const float* a, const float* b, float* c, int64_t c_stride, int64_t columns,
                             bool accumulate) {
  const int64_t vectors = (columns + kLanes - 1) / kLanes;
  if constexpr (kTileVectors == 4) {
    if (vectors == 4) return OuterVectors<MR, 4>(k, a, b, c, c_stride, columns, accumulate);
    if (vectors == 3) return OuterVectors<MR, 3>(k, a, b, c, c_stride, columns, accumulate);
  }
  if (vectors == 2) return OuterVectors<MR, 2>(k, a, b, c, c_stride, columns, accumulate);
  OuterVectors<MR, 1>(k, a, b, c, c_stride, columns, accumulate);
}
HWY_INLINE void OuterRows(int64_t rows, int64_t k, const float* a, const float* b, float* c, int64_t c_stride,
                          int64_t columns, bool accumulate) {
  WithRows(rows, [&](auto mr) HB_INLINE_LAMBDA {
    OuterColumns<decltype(mr)::value>(k, a, b, c, c_stride, columns, accumulate);
  });
}

// `length` times N numbers, `step` apart, to every `to_step`; null: zeros.
template <int N>
HWY_INLINE void CopyRuns(const float* from, int64_t step, int64_t length, float* to, int64_t to_step) {
  if (!from) {
    for (int64_t i = 0; i < length; ++i, to += to_step) std::memset(to, 0, N * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < length; ++i, from += step, to += to_step) std::memcpy(to, from, N * sizeof(float));
}
HWY_INLINE void CopyRuns(int64_t n, const float* from, int64_t step, int64_t length, float* to, int64_t to_step) {
  switch (n) {
    case 6:
      return CopyRuns<6>(from, step, length, to, to_step);
    case 5:
      return CopyRuns<5>(from, step, length, to, to_step);
    case 4:
      return CopyRuns<4>(from, step, length, to, to_step);
    case 3:
      return CopyRuns<3>(from, step, length, to, to_step);
    case 2:
      return CopyRuns<2>(from, step, length, to, to_step);
    default:
      return CopyRuns<1>(from, step, length, to, to_step);
  }
}

// Rows [first, first + count) of A for products [k0, k1), packed.
void PackStrip(const OuterMatrix& a, int64_t first, int64_t count, int64_t k0, int64_t k1, float* to) {
  CopyRuns(count, a.a + k0 * a.stride + first, a.stride, k1 - k0, to, count);
}

// What one tap sees of channels [c, c + n) at output pixels [k0, k1): zeros outside the image.
void PackTap(const OuterWindows& w, int64_t tap, int64_t c, int64_t n, int64_t k0, int64_t k1, float* to,
             int64_t to_step) {
  const auto& s = *w.shape;
  const int64_t oh = s.out_height(), ow = s.out_width(), step = s.stride_w * s.channels;
  const int64_t dy = tap / s.kernel_width * s.dilation_h - s.pad_top;
  const int64_t dx = tap % s.kernel_width * s.dilation_w - s.pad_left;
  // Output columns [x0, x1) have this tap inside the image's width.
  const int64_t x0 = dx >= 0 ? 0 : (-dx + s.stride_w - 1) / s.stride_w;
  const int64_t x1 = s.width - 1 - dx < 0 ? 0 : std::min(ow, (s.width - 1 - dx) / s.stride_w + 1);
  for (int64_t k = k0; k < k1;) {
    const int64_t line = k / ow, x = k % ow, end = std::min(ow, x + k1 - k);
    const int64_t image = line / oh, iy = line % oh * s.stride_h + dy;
    const int64_t begin_in = std::clamp(x0, x, end), end_in = std::clamp(x1, begin_in, end);
    const bool inside = iy >= 0 && iy < s.height;
    const int64_t first_in = inside ? begin_in : end, last_in = inside ? end_in : end;
    CopyRuns(n, nullptr, 0, first_in - x, to, to_step);
    to += (first_in - x) * to_step;
    if (last_in > first_in) {
      const float* from = w.source + ((image * s.height + iy) * s.width + first_in * s.stride_w + dx) * s.channels + c;
      CopyRuns(n, from, step, last_in - first_in, to, to_step);
      to += (last_in - first_in) * to_step;
    }
    CopyRuns(n, nullptr, 0, end - last_in, to, to_step);
    to += (end - last_in) * to_step;
    k += end - x;
  }
}
void PackStrip(const OuterWindows& w, int64_t first, int64_t count, int64_t k0, int64_t k1, float* to) {
  for (int64_t r = first; r < first + count;) {
    const int64_t tap = r / w.channels, c = r % w.channels, n = std::min(w.channels - c, first + count - r);
    PackTap(w, tap, c, n, k0, k1, to + (r - first), count);
    r += n;
  }
}

// Columns [j, j + columns) of B for products [k0, k1), packed; and their sums.
void PackPanel(const OuterArgs& t, int64_t j, int64_t columns, int64_t k0, int64_t k1, float* to, double* sums) {
  const F32 d;
  const float* from = t.b + k0 * t.b_stride + j;
  VF sum[kTileVectors];
  for (int v = 0; v < kTileVectors; ++v) sum[v] = hn::Zero(d);
  for (int64_t k = k0; k < k1; ++k, from += t.b_stride, to += kPanel) {
    if (columns == kPanel) {
      Unrolled<kTileVectors>([&](auto v) HB_INLINE_LAMBDA {
        const VF x = hn::LoadU(d, from + v * kLanes);
        hn::Store(x, d, to + v * kLanes);
        sum[v] = hn::Add(sum[v], x);
      });
    } else {
      std::fill_n(std::copy_n(from, columns, to), kPanel - columns, 0.0F);
      for (int v = 0; v < kTileVectors; ++v) sum[v] = hn::Add(sum[v], hn::Load(d, to + v * kLanes));
    }
  }
  HWY_ALIGN float block[kPanel];
  for (int v = 0; v < kTileVectors; ++v) hn::Store(sum[v], d, block + v * kLanes);
  for (int64_t i = 0; i < columns; ++i) sums[i] += static_cast<double>(block[i]);
}

// Tiles of about equal height, six at most, of `count` rows.
struct Tiling {
  explicit Tiling(int64_t count) : rows(count), tiles((count + kTileRows - 1) / kTileRows) {}
  int64_t first(int64_t tile) const { return rows * tile / tiles; }
  int64_t rows, tiles;
};

// Rows of C are shared out, or columns: the longer side, or which divides better.
bool ByColumns(int64_t strips, int64_t panels, bool wide, int parts) {
  const auto evenness = [parts](int64_t units) {
    return static_cast<double>(units) / static_cast<double>((units + parts - 1) / parts * parts);
  };
  const double columns = evenness(panels), rows = evenness(strips);
  return wide ? columns >= 0.9 * rows : rows < 0.9 * columns;
}

template <class Left>
void OuterPart(const OuterArgs& t, const Left& left, Part part) {
  thread_local AlignedBuffer<float> chunk_buffer, strip_buffer;
  thread_local AlignedBuffer<double> sum_buffer;
  float* chunk = chunk_buffer.reserve(kOuterBlock * kChunk);
  float* strip = strip_buffer.reserve(kOuterBlock * kTileRows);
  const Tiling tiling(t.m);
  const int64_t panels = (t.n + kPanel - 1) / kPanel;
  const bool by_columns = ByColumns(tiling.tiles, panels, t.n >= t.m, part.count);
  const Range strips = by_columns ? Range{0, tiling.tiles} : slice(tiling.tiles, part);
  const Range own = by_columns ? slice(panels, part) : Range{0, panels};
  constexpr int64_t per_chunk = kChunk / kPanel;
  double* sums = sum_buffer.reserve((own.end - own.begin) * kPanel);
  std::fill_n(sums, (own.end - own.begin) * kPanel, 0.0);
  for (int64_t k0 = 0; k0 < std::max<int64_t>(t.k, 1); k0 += kOuterBlock) {
    const int64_t k1 = std::min(t.k, k0 + kOuterBlock), count = k1 - k0;
    for (int64_t p0 = own.begin; p0 < own.end; p0 += per_chunk) {
      const int64_t p1 = std::min(own.end, p0 + per_chunk);
      for (int64_t p = p0; p < p1; ++p) {
        PackPanel(t, p * kPanel, std::min(kPanel, t.n - p * kPanel), k0, k1, chunk + (p - p0) * count * kPanel,
                  sums + (p - own.begin) * kPanel);
      }
      for (int64_t tile = strips.begin; tile < strips.end; ++tile) {
        const int64_t first = tiling.first(tile), rows = tiling.first(tile + 1) - first;
        PackStrip(left, first, rows, k0, k1, strip);
        for (int64_t p = p0; p < p1; ++p) {
          OuterRows(rows, count, strip, chunk + (p - p0) * count * kPanel, t.c + first * t.c_stride + p * kPanel,
                    t.c_stride, std::min(kPanel, t.n - p * kPanel), k0 > 0);
        }
      }
    }
  }
  if (!t.column_sums || (!by_columns && part.index != 0)) return;
  for (int64_t j = own.begin * kPanel; j < std::min(t.n, own.end * kPanel); ++j) {
    t.column_sums[j] = static_cast<float>(sums[j - own.begin * kPanel]);
  }
}

void OuterMatrixPart(const OuterArgs& t, const OuterMatrix& a, Part part) { OuterPart(t, a, part); }
void OuterWindowsPart(const OuterArgs& t, const OuterWindows& a, Part part) { OuterPart(t, a, part); }

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {
namespace {
HWY_EXPORT(OuterMatrixPart);
HWY_EXPORT(OuterWindowsPart);
}  // namespace

void gemm_outer_part(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb,
                     float* c, int64_t ldc, float* column_sums, Part part) {
  HWY_DYNAMIC_DISPATCH(OuterMatrixPart)({m, n, k, b, ldb, c, ldc, column_sums}, {a, lda}, part);
}

void gemm_outer(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb, float* c,
                int64_t ldc) {
  parallel_parts(2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k),
                 [&](Part part) { gemm_outer_part(m, n, k, a, lda, b, ldb, c, ldc, nullptr, part); });
}

void FilterGradient::run_part(const float* src, const float* grad, float* filter, float* bias, Part part) const {
  const auto& s = shape;
  const int64_t channels = s.channels / s.groups, columns = s.out_channels / s.groups;
  const int64_t rows = s.kernel_height * s.kernel_width * channels;
  for (int64_t g = 0; g < s.groups; ++g) {
    const int64_t at = g * columns;
    HWY_DYNAMIC_DISPATCH(OuterWindowsPart)
    ({rows, columns, images * s.out_height() * s.out_width(), grad + at, s.out_channels, filter + at, s.out_channels,
      bias ? bias + at : nullptr},
     {&s, src + g * channels, channels}, part);
  }
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
