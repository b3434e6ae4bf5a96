#include "ops/kernels/pool_gradient.h"

#include <algorithm>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/pool_gradient.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/binary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

// Calls fn(window's first cell, rows, cells, output pixel) for the windows of the part's images, having cleared the
// part's share of dst. Cells are offsets of pixels; channels [c.begin, c.end) are the part's.
template <class Fn>
HWY_INLINE void ForEachWindow(const Pool2DShape& s, int64_t images, float* dst, Part part, const Fn& fn) {
  const bool by_images = images >= part.count;
  const Range n = by_images ? slice(images, part) : Range{0, images};
  const Range c = by_images ? Range{0, s.channels} : slice(s.channels, part, 16);
  if (c.begin >= c.end) return;
  const int64_t oh = s.out_height(), ow = s.out_width(), pixels = s.height * s.width;
  if (c.end - c.begin == s.channels) {
    std::fill(dst + n.begin * pixels * s.channels, dst + n.end * pixels * s.channels, 0.0F);
  } else {
    for (int64_t i = 0; i < n.end * pixels; ++i) std::fill_n(dst + i * s.channels + c.begin, c.end - c.begin, 0.0F);
  }
  for (int64_t image = n.begin; image < n.end; ++image) {
    for (int64_t y = 0; y < oh; ++y) {
      const int64_t top = y * s.stride_h - s.pad_top;
      const int64_t y0 = std::max<int64_t>(0, top), y1 = std::min(s.height, top + s.window_h);
      for (int64_t x = 0; x < ow; ++x) {
        const int64_t left = x * s.stride_w - s.pad_left;
        const int64_t x0 = std::max<int64_t>(0, left), x1 = std::min(s.width, left + s.window_w);
        fn((image * s.height + y0) * s.width + x0, y1 - y0, x1 - x0, (image * oh + y) * ow + x, c);
      }
    }
  }
}

// As TensorFlow's, the first of the window is where the maximum is when it is NaN or when nothing is above the lowest
// number.
//
// Behind a relu only what is above zero passes a gradient on, which neither of those is.
template <bool kRelu>
void MaxPoolGradientOf(const Pool2DShape& s, int64_t images, const float* src, const float* out, const float* grad,
                       float* dst, Part part) {
  const F32 d;
  const bool apart = s.stride_h >= s.window_h && s.stride_w >= s.window_w;
  ForEachWindow(s, images, dst, part,
                [&](int64_t first, int64_t rows, int64_t cells, int64_t pixel, const Range& own) HWY_ATTR {
                  for (int64_t c = own.begin; c < own.end; c += kLanes) {
                    const int64_t n = std::min(kLanes, own.end - c), start = first * s.channels + c;
                    const VF top = LoadSome(d, out + pixel * s.channels + c, n);
                    VF g = LoadSome(d, grad + pixel * s.channels + c, n);
                    if constexpr (kRelu) g = hn::IfThenElseZero(hn::Gt(top, hn::Zero(d)), g);
                    const VF head = LoadSome(d, src + start, n);
                    auto found = hn::IsNaN(head);
                    const auto head_is_nan = found;
                    for (int64_t y = 0; y < rows; ++y) {
                      for (int64_t x = 0; x < cells; ++x) {
                        const int64_t i = start + (y * s.width + x) * s.channels;
                        const auto here = hn::AndNot(found, hn::Eq(LoadSome(d, src + i, n), top));
                        found = hn::Or(found, here);
                        const VF share = hn::IfThenElseZero(here, g);
                        StoreSome(apart ? share : hn::Add(share, LoadSome(d, dst + i, n)), d, dst + i, n);
                      }
                    }
                    if constexpr (kRelu) continue;
                    const auto left = hn::Or(head_is_nan, hn::Not(found));
                    if (hn::AllFalse(d, left)) continue;
                    StoreSome(hn::Add(hn::IfThenElseZero(left, g), LoadSome(d, dst + start, n)), d, dst + start, n);
                  }
                });
}

void MaxPoolGradient(const Pool2DShape& s, int64_t images, const float* src, const float* out, const float* grad,
                     bool relu, float* dst, Part part) {
  relu ? MaxPoolGradientOf<true>(s, images, src, out, grad, dst, part)
       : MaxPoolGradientOf<false>(s, images, src, out, grad, dst, part);
}

void AveragePoolGradient(const Pool2DShape& s, int64_t images, const float* grad, float* dst, Part part) {
  const F32 d;
  ForEachWindow(s, images, dst, part,
                [&](int64_t first, int64_t rows, int64_t cells, int64_t pixel, const Range& own) HWY_ATTR {
                  const VF scale = Fill(1.0F / static_cast<float>(std::max<int64_t>(1, rows * cells)));
                  for (int64_t c = own.begin; c < own.end; c += kLanes) {
                    const int64_t n = std::min(kLanes, own.end - c);
                    const VF g = hn::Mul(LoadSome(d, grad + pixel * s.channels + c, n), scale);
                    for (int64_t y = 0; y < rows; ++y) {
                      float* p = dst + (first + y * s.width) * s.channels + c;
                      for (int64_t x = 0; x < cells; ++x, p += s.channels) {
                        StoreSome(hn::Add(g, LoadSome(d, p, n)), d, p, n);
                      }
                    }
                  }
                });
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {

HWY_EXPORT(MaxPoolGradient);
HWY_EXPORT(AveragePoolGradient);

void max_pool_gradient_part(const Pool2DShape& shape, int64_t images, const float* src, const float* out,
                            const float* grad, bool relu, float* dst, Part part) {
  HWY_DYNAMIC_DISPATCH(MaxPoolGradient)(shape, images, src, out, grad, relu, dst, part);
}
void average_pool_gradient_part(const Pool2DShape& shape, int64_t images, const float* grad, float* dst, Part part) {
  HWY_DYNAMIC_DISPATCH(AveragePoolGradient)(shape, images, grad, dst, part);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
