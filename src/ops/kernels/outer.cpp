#include "ops/kernels/outer.h"

#include <algorithm>
#include <vector>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/outer.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/tile-inl.h"

#ifndef HORNBEAM_KERNELS_OUTER_ONCE_
#define HORNBEAM_KERNELS_OUTER_ONCE_
namespace hornbeam::kernels {

// A run of products: a moves by a_step and b by b_step from one to the next.
struct OuterSegment {
  const float* a;
  const float* b;
  int64_t length;
};
// Rows of C, six at most: where each one's numbers are relative to a segment's `a`.
struct OuterRows {
  int64_t count;
  int64_t offset[8];
};
struct OuterArgs {
  const OuterSegment* segments;
  int64_t segment_count;
  int64_t a_step, b_step;
  int64_t b_offset;  // from a segment's b to the first column
  float* c;
  int64_t c_stride;
  int64_t columns;
  bool accumulate;
};
constexpr int64_t kOuterBlock = 256;  // products per block: rows of b that stay in L2

}  // namespace hornbeam::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

template <int MR, int NV, bool kTail>
HWY_NOINLINE void OuterTile(const OuterArgs& t, const OuterRows& rows) {
  const F32 d;
  const int64_t last = t.columns - (NV - 1) * kLanes;  // numbers of the last vector
  const auto load = [&](const float* p, int j) HB_INLINE_LAMBDA {
    if constexpr (kTail) {
      if (j == NV - 1) return LoadN(d, p + j * kLanes, last);
    }
    return hn::LoadU(d, p + j * kLanes);
  };
  VF c[MR][NV];
  if (t.accumulate) {
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { c[i][j] = load(t.c + i * t.c_stride, j); });
  } else {
    UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA { c[i][j] = hn::Zero(d); });
  }
  const int64_t a_step = t.a_step, b_step = t.b_step;
  for (int64_t s = 0; s < t.segment_count; ++s) {
    const OuterSegment& segment = t.segments[s];
    const float* a[MR];
    Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA { a[i] = segment.a + rows.offset[i]; });
    const float* HWY_RESTRICT b = segment.b + t.b_offset;
    int64_t at = 0;
    for (int64_t k = 0; k < segment.length; ++k, b += b_step, at += a_step) {
      VF bv[NV];
      Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { bv[j] = load(b, j); });
      Unrolled<MR>([&](auto i) HB_INLINE_LAMBDA {
        const VF av = hn::Set(d, a[i][at]);
        Unrolled<NV>([&](auto j) HB_INLINE_LAMBDA { c[i][j] = hn::MulAdd(av, bv[j], c[i][j]); });
      });
    }
  }
  UnrolledTile<MR, NV>([&](auto i, auto j) HB_INLINE_LAMBDA {
    float* out = t.c + i * t.c_stride + j * kLanes;
    if (kTail && j == NV - 1) {
      StoreN(c[i][j], d, out, last);
    } else {
      hn::StoreU(c[i][j], d, out);
    }
  });
}

template <int MR>
HWY_INLINE void OuterColumns(const OuterArgs& t, const OuterRows& rows) {
  const int64_t vectors = (t.columns + kLanes - 1) / kLanes;
  const bool tail = t.columns % kLanes != 0;
  if constexpr (kTileVectors == 4) {
    if (vectors == 4) return tail ? OuterTile<MR, 4, true>(t, rows) : OuterTile<MR, 4, false>(t, rows);
    if (vectors == 3) return tail ? OuterTile<MR, 3, true>(t, rows) : OuterTile<MR, 3, false>(t, rows);
  }
  if (vectors == 2) return tail ? OuterTile<MR, 2, true>(t, rows) : OuterTile<MR, 2, false>(t, rows);
  return tail ? OuterTile<MR, 1, true>(t, rows) : OuterTile<MR, 1, false>(t, rows);
}

void OuterOf(const OuterArgs& t, const OuterRows& rows) {
  switch (rows.count) {
    case 6:
      return OuterColumns<6>(t, rows);
    case 5:
      return OuterColumns<5>(t, rows);
    case 4:
      return OuterColumns<4>(t, rows);
    case 3:
      return OuterColumns<3>(t, rows);
    case 2:
      return OuterColumns<2>(t, rows);
    default:
      return OuterColumns<1>(t, rows);
  }
}

int64_t OuterPanel() { return kTileVectors * kLanes; }

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {
namespace {

HWY_EXPORT(OuterOf);
HWY_EXPORT(OuterPanel);

constexpr int64_t kMostRows = 6;

// Tiles of about equal height, six at most, of `count` rows.
struct Tiling {
  explicit Tiling(int64_t count) : rows(count), tiles((count + kMostRows - 1) / kMostRows) {}
  int64_t first(int64_t tile) const { return rows * tile / tiles; }
  int64_t rows, tiles;
};

}  // namespace

void gemm_outer_part(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb,
                     float* c, int64_t ldc, Part part) {
  const auto run = HWY_DYNAMIC_DISPATCH(OuterOf);
  const int64_t panel = HWY_DYNAMIC_DISPATCH(OuterPanel)(), panels = (n + panel - 1) / panel;
  const Tiling tiling(m);
  const Range own = slice(tiling.tiles * panels, part);
  for (int64_t k0 = 0; k0 < std::max<int64_t>(k, 1); k0 += kOuterBlock) {
    const int64_t count = std::min(kOuterBlock, k - k0);
    for (int64_t unit = own.begin; unit < own.end; ++unit) {
      const int64_t tile = unit % tiling.tiles, j = unit / tiling.tiles * panel;  // a panel of b stays in L2
      const int64_t first = tiling.first(tile);
      OuterRows rows{tiling.first(tile + 1) - first, {}};
      for (int64_t i = 0; i < rows.count; ++i) rows.offset[i] = i;
      const OuterSegment segment{a + k0 * lda + first, b + k0 * ldb + j, count};
      run({&segment, 1, lda, ldb, 0, c + first * ldc + j, ldc, std::min(panel, n - j), k0 > 0}, rows);
    }
  }
}

void gemm_outer(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb, float* c,
                int64_t ldc) {
  parallel_parts(2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k),
                 [&](Part part) { gemm_outer_part(m, n, k, a, lda, b, ldb, c, ldc, part); });
}

FilterGradient::FilterGradient(const Conv2DShape& shape, int64_t images) : shape_(shape), images_(images) {
  const bool pads = shape.pad_top || shape.pad_bottom || shape.pad_left || shape.pad_right;
  padded_ = pads && shape.channels / shape.groups < kMostRows;
}

int64_t FilterGradient::scratch() const {
  if (!padded_) return 0;
  return images_ * (shape_.height + shape_.pad_top + shape_.pad_bottom) *
         (shape_.width + shape_.pad_left + shape_.pad_right) * shape_.channels;
}

void FilterGradient::prepare(const float* src, float* scratch) const {
  if (!padded_) return;
  const auto& s = shape_;
  const int64_t line = s.width * s.channels, left = s.pad_left * s.channels, right = s.pad_right * s.channels;
  const int64_t wide = left + line + right;
  float* out = scratch;
  for (int64_t n = 0; n < images_; ++n) {
    out = std::fill_n(out, s.pad_top * wide, 0.0F);
    for (int64_t y = 0; y < s.height; ++y, src += line) {
      out = std::fill_n(out, left, 0.0F);
      out = std::copy_n(src, line, out);
      out = std::fill_n(out, right, 0.0F);
    }
    out = std::fill_n(out, s.pad_bottom * wide, 0.0F);
  }
}

void FilterGradient::run_part(const float* src, const float* scratch, const float* grad, float* filter,
                              Part part) const {
  const auto run = HWY_DYNAMIC_DISPATCH(OuterOf);
  Conv2DShape s = shape_;
  const int64_t oh = s.out_height(), ow = s.out_width();
  if (padded_) {
    src = scratch;
    s.height += s.pad_top + s.pad_bottom;
    s.width += s.pad_left + s.pad_right;
    s.pad_top = s.pad_bottom = s.pad_left = s.pad_right = 0;
  }
  const int64_t channels = s.channels / s.groups, columns = s.out_channels / s.groups;
  const int64_t taps = s.kernel_height * s.kernel_width;
  const bool inside = s.pad_top == 0 && s.pad_bottom == 0 && s.pad_left == 0 && s.pad_right == 0;
  // Where every window lies inside, rows of several taps make one tile; else a tile is of one tap.
  const Tiling tiling(inside ? taps * channels : channels);
  const int64_t groups_of_rows = inside ? 1 : taps;
  const int64_t panel = HWY_DYNAMIC_DISPATCH(OuterPanel)(), panels = (columns + panel - 1) / panel;
  const int64_t per_group = panels * tiling.tiles;
  const Range own = slice(s.groups * groups_of_rows * per_group, part);
  const int64_t lines = images_ * oh, step = std::max<int64_t>(1, kOuterBlock / std::max<int64_t>(ow, 1));
  std::vector<OuterSegment> segments;
  const int64_t a_step = s.stride_w * s.channels;
  const auto tap_offset = [&](int64_t tap) {
    const int64_t ky = tap / s.kernel_width, kx = tap % s.kernel_width;
    return (ky * s.dilation_h * s.width + kx * s.dilation_w) * s.channels;
  };
  // The output lines [l0, l1) whose windows have this tap inside the image, from where to where.
  const auto collect = [&](int64_t tap, int64_t l0, int64_t l1) {
    segments.clear();
    const int64_t dy = tap / s.kernel_width * s.dilation_h - s.pad_top;
    const int64_t dx = tap % s.kernel_width * s.dilation_w - s.pad_left;
    const int64_t x0 = dx >= 0 ? 0 : (-dx + s.stride_w - 1) / s.stride_w;
    const int64_t x1 = std::min(ow, s.width - 1 - dx < 0 ? 0 : (s.width - 1 - dx) / s.stride_w + 1);
    if (x0 >= x1) return;
    for (int64_t line = l0; line < l1; ++line) {
      const int64_t image = line / oh, iy = line % oh * s.stride_h + dy;
      if (iy < 0 || iy >= s.height) continue;
      const OuterSegment next{src + ((image * s.height + iy) * s.width + x0 * s.stride_w + dx) * s.channels,
                              grad + (line * ow + x0) * s.out_channels, x1 - x0};
      if (!segments.empty()) {
        auto& last = segments.back();
        if (next.a == last.a + last.length * a_step && next.b == last.b + last.length * s.out_channels) {
          last.length += next.length;
          continue;
        }
      }
      segments.push_back(next);
    }
  };
  for (int64_t l0 = 0; l0 < std::max<int64_t>(lines, 1); l0 += step) {
    const int64_t l1 = std::min(lines, l0 + step);
    int64_t collected = -1;
    for (int64_t unit = own.begin; unit < own.end; ++unit) {
      const int64_t tile = unit % tiling.tiles, j = unit / tiling.tiles % panels * panel;
      const int64_t tap = unit / per_group % groups_of_rows, group = unit / per_group / groups_of_rows;
      if (collected != tap) collect(collected = tap, l0, l1);
      const int64_t first = tiling.first(tile);
      OuterRows rows{tiling.first(tile + 1) - first, {}};
      for (int64_t i = 0; i < rows.count; ++i) {
        const int64_t r = first + i;
        rows.offset[i] = group * channels + (inside ? tap_offset(r / channels) + r % channels : r);
      }
      float* out = filter + ((inside ? 0 : tap * channels) + first) * s.out_channels + group * columns + j;
      run({segments.data(), static_cast<int64_t>(segments.size()), a_step, s.out_channels, group * columns + j, out,
           s.out_channels, std::min(panel, columns - j), l0 > 0},
          rows);
    }
  }
}

void FilterGradient::run(const float* src, float* scratch, const float* grad, float* filter) const {
  prepare(src, scratch);
  parallel_parts(flops(), [&](Part part) { run_part(src, scratch, grad, filter, part); });
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
