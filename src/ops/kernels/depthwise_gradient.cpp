#include "ops/kernels/depthwise_gradient.h"

#include <algorithm>
#include <vector>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/depthwise_gradient.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/binary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

// K taps side by side of one line: their sums stay in registers along it.
template <int K>
HWY_INLINE void Taps(const Conv2DShape& s, const float* line, const float* grad, int64_t first_tap, int64_t n,
                     float* sums) {
  const F32 d;
  VF sum[K];
  for (int k = 0; k < K; ++k) sum[k] = hn::Load(d, sums + k * kLanes);
  const int64_t ow = s.out_width();
  for (int64_t x = 0; x < ow; ++x) {
    const VF g = LoadSome(d, grad + x * s.out_channels, n);
    for (int k = 0; k < K; ++k) {
      const int64_t ix = x * s.stride_w - s.pad_left + (first_tap + k) * s.dilation_w;
      if (ix < 0 || ix >= s.width) continue;
      sum[k] = hn::MulAdd(LoadSome(d, line + ix * s.channels, n), g, sum[k]);
    }
  }
  for (int k = 0; k < K; ++k) hn::Store(sum[k], d, sums + k * kLanes);
}

void DepthwiseFilter(const Conv2DShape& s, int64_t images, const float* src, const float* grad, float* filter,
                     Part part) {
  const int64_t oh = s.out_height(), ow = s.out_width(), taps = s.kernel_height * s.kernel_width;
  const Range own = slice(s.channels, part, 16);
  std::vector<double> totals(static_cast<size_t>(taps * kLanes));
  std::vector<float> memory(static_cast<size_t>((taps + 1) * kLanes));
  float* sums = memory.data();
  while (reinterpret_cast<uintptr_t>(sums) % static_cast<uintptr_t>(kLanes * 4) != 0) ++sums;
  for (int64_t c = own.begin; c < own.end; c += kLanes) {
    const int64_t n = std::min(kLanes, own.end - c);
    std::fill(totals.begin(), totals.end(), 0.0);
    for (int64_t image = 0; image < images; ++image) {
      std::fill_n(sums, taps * kLanes, 0.0F);
      for (int64_t y = 0; y < oh; ++y) {
        const float* g = grad + (image * oh + y) * ow * s.out_channels + c;
        for (int64_t ky = 0; ky < s.kernel_height; ++ky) {
          const int64_t iy = y * s.stride_h - s.pad_top + ky * s.dilation_h;
          if (iy < 0 || iy >= s.height) continue;
          const float* line = src + (image * s.height + iy) * s.width * s.channels + c;
          for (int64_t kx = 0; kx < s.kernel_width;) {
            float* to = sums + (ky * s.kernel_width + kx) * kLanes;
            const int64_t left = s.kernel_width - kx;
            if (left >= 5) {
              Taps<5>(s, line, g, kx, n, to);
              kx += 5;
            } else if (left >= 3) {
              Taps<3>(s, line, g, kx, n, to);
              kx += 3;
            } else {
              Taps<1>(s, line, g, kx, n, to);
              kx += 1;
            }
          }
        }
      }
      for (int64_t i = 0; i < taps * kLanes; ++i) totals[static_cast<size_t>(i)] += static_cast<double>(sums[i]);
    }
    for (int64_t t = 0; t < taps; ++t) {
      for (int64_t i = 0; i < n; ++i) {
        filter[t * s.channels + c + i] = static_cast<float>(totals[static_cast<size_t>(t * kLanes + i)]);
      }
    }
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {

HWY_EXPORT(DepthwiseFilter);

void depthwise_filter_gradient_part(const Conv2DShape& shape, int64_t images, const float* src, const float* grad,
                                    float* filter, Part part) {
  HWY_DYNAMIC_DISPATCH(DepthwiseFilter)(shape, images, src, grad, filter, part);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
