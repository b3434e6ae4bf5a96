#include "ops/kernels/pool.h"

#include <algorithm>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/binary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

// kMax passes over NaN and starts at the lowest number, as TensorFlow's MaxPool does; kMaxOrNaN is reduce_max.
enum class Reduce { kSum, kMax, kMaxOrNaN };
template <Reduce kind>
HWY_INLINE VF Start() {
  if constexpr (kind == Reduce::kSum) return hn::Zero(F32());
  return Fill(kind == Reduce::kMax ? std::numeric_limits<float>::lowest() : -std::numeric_limits<float>::infinity());
}
template <Reduce kind>
HWY_INLINE VF Step(VF so_far, VF x) {
  if constexpr (kind == Reduce::kSum) return hn::Add(so_far, x);
  if constexpr (kind == Reduce::kMax) return MaxOr(x, so_far);
  return Combine<Binary::kMaximum>(so_far, x);
}

// Reduces rows x cells pixels of src, `row_stride` apart, over channels [0, channels).
template <Reduce kind>
HWY_INLINE void ReduceWindow(const float* src, int64_t rows, int64_t cells, int64_t row_stride, int64_t pixel_stride,
                             int64_t channels, float* dst) {
  const F32 d;
  const VF scale = Fill(1.0F / static_cast<float>(rows * cells));
  int64_t c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) {
    VF u = Start<kind>(), v = u;
    for (int64_t y = 0; y < rows; ++y) {
      const float* p = src + y * row_stride + c;
      for (int64_t x = 0; x < cells; ++x, p += pixel_stride) {
        const VF a = hn::LoadU(d, p), b = hn::LoadU(d, p + kLanes);
        u = Step<kind>(u, a);
        v = Step<kind>(v, b);
      }
    }
    hn::StoreU(kind == Reduce::kSum ? hn::Mul(u, scale) : u, d, dst + c);
    hn::StoreU(kind == Reduce::kSum ? hn::Mul(v, scale) : v, d, dst + c + kLanes);
  }
  for (; c < channels; c += kLanes) {
    const int64_t n = std::min(kLanes, channels - c);
    VF u = Start<kind>();
    for (int64_t y = 0; y < rows; ++y) {
      const float* p = src + y * row_stride + c;
      for (int64_t x = 0; x < cells; ++x, p += pixel_stride) {
        const VF a = LoadSome(d, p, n);
        u = Step<kind>(u, a);
      }
    }
    StoreSome(kind == Reduce::kSum ? hn::Mul(u, scale) : u, d, dst + c, n);
  }
}

void PoolPart(Pooling kind, const Pool2DShape& s, int64_t images, const float* src, float* dst, Part part) {
  const int64_t oh = s.out_height(), ow = s.out_width(), c = s.channels, row = s.width * c;
  const Range range = slice(images * oh, part);
  for (int64_t line = range.begin; line < range.end; ++line) {
    const int64_t image = line / oh, top = line % oh * s.stride_h - s.pad_top;
    const int64_t y0 = std::max<int64_t>(0, top), y1 = std::min(s.height, top + s.window_h);
    for (int64_t ox = 0; ox < ow; ++ox) {
      const int64_t left = ox * s.stride_w - s.pad_left;
      const int64_t x0 = std::max<int64_t>(0, left), x1 = std::min(s.width, left + s.window_w);
      const float* p = src + image * s.height * row + y0 * row + x0 * c;
      float* out = dst + (line * ow + ox) * c;
      if (kind == Pooling::kMax) {
        ReduceWindow<Reduce::kMax>(p, y1 - y0, x1 - x0, row, c, c, out);
      } else {
        ReduceWindow<Reduce::kSum>(p, y1 - y0, x1 - x0, row, c, c, out);
      }
    }
  }
}

void GlobalPart(Pooling kind, int64_t images, int64_t pixels, int64_t channels, const float* src, float* dst,
                Part part) {
  // Few images: share out the channels.
  const bool by_image = images >= part.count;
  const Range n = by_image ? slice(images, part) : Range{0, images};
  const Range c = by_image ? Range{0, channels} : slice(channels, part, 2 * kLanes);
  if (c.begin >= c.end) return;
  for (int64_t i = n.begin; i < n.end; ++i) {
    const float* p = src + i * pixels * channels + c.begin;
    float* out = dst + i * channels + c.begin;
    if (kind == Pooling::kMax) {
      ReduceWindow<Reduce::kMaxOrNaN>(p, 1, pixels, 0, channels, c.end - c.begin, out);
    } else {
      ReduceWindow<Reduce::kSum>(p, 1, pixels, 0, channels, c.end - c.begin, out);
    }
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {
namespace {
HWY_EXPORT(PoolPart);
HWY_EXPORT(GlobalPart);
}  // namespace

void pool2d_part(Pooling kind, const Pool2DShape& shape, int64_t images, const float* src, float* dst, Part part) {
  HWY_DYNAMIC_DISPATCH(PoolPart)(kind, shape, images, src, dst, part);
}
void pool2d(Pooling kind, const Pool2DShape& shape, int64_t images, const float* src, float* dst) {
  const double work = 4.0 * static_cast<double>(images * shape.out_height() * shape.out_width() * shape.channels *
                                                shape.window_h * shape.window_w);
  parallel_parts(work, [&](Part part) { pool2d_part(kind, shape, images, src, dst, part); });
}
void global_pool_part(Pooling kind, int64_t images, int64_t pixels, int64_t channels, const float* src, float* dst,
                      Part part) {
  HWY_DYNAMIC_DISPATCH(GlobalPart)(kind, images, pixels, channels, src, dst, part);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
