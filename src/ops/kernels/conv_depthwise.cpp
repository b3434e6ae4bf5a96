#include <algorithm>
#include <vector>

#include "ops/kernels/aligned.h"
#include "ops/kernels/conv_routes.h"
#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/conv_depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/tile-inl.h"

#ifndef HORNBEAM_KERNELS_DEPTHWISE_ONCE_
#define HORNBEAM_KERNELS_DEPTHWISE_ONCE_
namespace hornbeam::kernels {
struct DepthwiseArgs {
  const Conv2DShape* shape;
  const float* weights;  // [ceil(channels / lanes)][taps][lanes]
  const float* bias;     // [padded channels]
  const float* src;
  float* dst;
  const float* residual;
  Activation activation;
  int64_t images;
};
}  // namespace hornbeam::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

int64_t DepthwiseLanes() { return kLanes; }

// Outputs in a row that share the columns they read: half as many at a row's end.
static constexpr int64_t kAcross = HWY_TARGET == HWY_AVX3 ? 8 : 4;

// Where a tile of outputs reads: columns outside [first, last) are padding, outputs from `outputs` on do not exist.
struct DepthwiseTile {
  const float* src;  // row y0's column 0 of the tile (may lie outside the image; only columns in range are read)
  float* dst;
  const float* residual;
  const float* weights;  // of row y0 of the window
  const float* bias;
  int64_t rows;  // of the window that are inside the image
  int64_t row_stride, pixel_stride;
  int64_t tap_rows_skipped_stride;  // weights per channel vector
  int64_t channels0, channels1;
  int64_t first, last, outputs;
  VF low, high;
};

template <int A, int KW, int S, bool kBorder, bool kSwish, bool kTail>
HWY_INLINE void DepthwiseVector(const DepthwiseTile& t, int64_t c, int64_t n, const float* w) {
  const F32 d;
  VF sum[A];
  Unrolled<A>([&](auto i) HB_INLINE_LAMBDA { sum[i] = hn::Zero(d); });
  const float* HWY_RESTRICT p = t.src + c;
  for (int64_t y = 0; y < t.rows; ++y, p += t.row_stride, w += KW * kLanes) {
    VF wv[KW];
    Unrolled<KW>([&](auto x) HB_INLINE_LAMBDA { wv[x] = hn::Load(d, w + x * kLanes); });
    const float* q = p;
    Unrolled<KW + (A - 1) * S>([&](auto j) HB_INLINE_LAMBDA {
      VF v = hn::Zero(d);
      if (!kBorder || (j >= t.first && j < t.last)) v = kTail ? LoadN(d, q, n) : hn::LoadU(d, q);
      q += t.pixel_stride;
      Unrolled<A>([&](auto i) HB_INLINE_LAMBDA {
        constexpr int x = decltype(j)::value - decltype(i)::value * S;
        if constexpr (x >= 0 && x < KW) sum[i] = hn::MulAdd(v, wv[x], sum[i]);
      });
    });
  }
  const VF bias = hn::Load(d, t.bias + c);
  Unrolled<A>([&](auto i) HB_INLINE_LAMBDA {
    if (kBorder && i >= t.outputs) return;
    VF v = hn::Add(sum[i], bias);
    const int64_t at = i * t.pixel_stride + c;
    if (t.residual) v = hn::Add(v, kTail ? LoadN(d, t.residual + at, n) : hn::LoadU(d, t.residual + at));
    v = kSwish ? hn::Mul(v, Sigmoid(v)) : ClampTo(v, t.low, t.high);
    if (kTail) {
      StoreN(v, d, t.dst + at, n);
    } else {
      hn::StoreU(v, d, t.dst + at);
    }
  });
}

template <int A, int KW, int S, bool kBorder, bool kSwish>
HWY_NOINLINE void DepthwiseChannels(const DepthwiseTile& t, const float* weights) {
  int64_t c = t.channels0;
  const float* w = weights;
  for (; c + kLanes <= t.channels1; c += kLanes, w += t.tap_rows_skipped_stride)
    DepthwiseVector<A, KW, S, kBorder, kSwish, false>(t, c, kLanes, w);
  if (c < t.channels1) DepthwiseVector<A, KW, S, kBorder, kSwish, true>(t, c, t.channels1 - c, w);
}

template <int A, int KW, int S>
HWY_INLINE void DepthwiseTileOf(const DepthwiseTile& t, const float* weights, bool swish) {
  constexpr int64_t kColumns = KW + (A - 1) * S;
  if (t.first <= 0 && t.last >= kColumns && t.outputs == A) {
    swish ? DepthwiseChannels<A, KW, S, false, true>(t, weights)
          : DepthwiseChannels<A, KW, S, false, false>(t, weights);
  } else {
    swish ? DepthwiseChannels<A, KW, S, true, true>(t, weights) : DepthwiseChannels<A, KW, S, true, false>(t, weights);
  }
}

// One output row, channels [c0, c1).
template <int KW, int S>
void DepthwiseRow(const DepthwiseArgs& a, int64_t image, int64_t oy, int64_t c0, int64_t c1) {
  const Conv2DShape& s = *a.shape;
  const int64_t ow = s.out_width(), oh = s.out_height(), channels = s.channels, kh = s.kernel_height;
  const int64_t top = oy * s.stride_h - s.pad_top;
  const int64_t y0 = std::max<int64_t>(0, -top), y1 = std::min(kh, s.height - top);
  const Clamp clamp = clamp_of(a.activation);
  const bool swish = a.activation.op == Unary::kSwish;
  DepthwiseTile t;
  t.rows = std::max<int64_t>(0, y1 - y0);
  t.row_stride = s.width * channels;
  t.pixel_stride = channels;
  t.tap_rows_skipped_stride = kh * KW * kLanes;
  t.channels0 = c0;
  t.channels1 = c1;
  t.bias = a.bias;
  t.low = Fill(clamp.low);
  t.high = Fill(clamp.high);
  const float* weights = a.weights + (c0 / kLanes) * kh * KW * kLanes + y0 * KW * kLanes;
  const float* line = a.src + (image * s.height + top + y0) * t.row_stride;
  const int64_t out = (image * oh + oy) * ow * channels;
  for (int64_t ox = 0; ox < ow; ox += t.outputs) {
    const int64_t left = ox * S - s.pad_left;
    t.src = line + left * channels;
    t.dst = a.dst + out + ox * channels;
    t.residual = a.residual ? a.residual + out + ox * channels : nullptr;
    t.first = -left;
    t.last = s.width - left;
    t.outputs = std::min(kAcross, ow - ox);
    t.outputs <= kAcross / 2 ? DepthwiseTileOf<kAcross / 2, KW, S>(t, weights, swish)
                             : DepthwiseTileOf<kAcross, KW, S>(t, weights, swish);
  }
}

// Any window, stride and dilation: one output pixel at a time.
void DepthwiseRowAny(const DepthwiseArgs& a, int64_t image, int64_t oy, int64_t c0, int64_t c1) {
  const F32 d;
  const Conv2DShape& s = *a.shape;
  const int64_t ow = s.out_width(), oh = s.out_height(), channels = s.channels;
  const int64_t kh = s.kernel_height, kw = s.kernel_width;
  const Clamp clamp = clamp_of(a.activation);
  const VF low = Fill(clamp.low), high = Fill(clamp.high);
  const int64_t top = oy * s.stride_h - s.pad_top;
  for (int64_t ox = 0; ox < ow; ++ox) {
    const int64_t left = ox * s.stride_w - s.pad_left;
    const int64_t out = ((image * oh + oy) * ow + ox) * channels;
    for (int64_t c = c0; c < c1; c += kLanes) {
      const int64_t n = std::min(kLanes, c1 - c);
      const float* w = a.weights + (c / kLanes) * kh * kw * kLanes;
      VF sum = hn::Zero(d);
      for (int64_t ky = 0; ky < kh; ++ky) {
        const int64_t iy = top + ky * s.dilation_h;
        if (iy < 0 || iy >= s.height) continue;
        for (int64_t kx = 0; kx < kw; ++kx) {
          const int64_t ix = left + kx * s.dilation_w;
          if (ix < 0 || ix >= s.width) continue;
          const float* p = a.src + ((image * s.height + iy) * s.width + ix) * channels + c;
          sum =
              hn::MulAdd(n == kLanes ? hn::LoadU(d, p) : LoadN(d, p, n), hn::Load(d, w + (ky * kw + kx) * kLanes), sum);
        }
      }
      VF v = hn::Add(sum, hn::Load(d, a.bias + c));
      if (a.residual) v = hn::Add(v, LoadN(d, a.residual + out + c, n));
      v = ClampTo(v, low, high);
      StoreN(v, d, a.dst + out + c, n);
    }
  }
}

void DepthwisePart(const DepthwiseArgs& a, Part part) {
  const Conv2DShape& s = *a.shape;
  const int64_t lines = a.images * s.out_height();
  const bool unit = s.dilation_h == 1 && s.dilation_w == 1;
  const int64_t kw = s.kernel_width, stride = s.stride_w;
  const bool tiled = unit && (kw == 3 || kw == 5) && (stride == 1 || stride == 2);
  // Few lines: share out channels, which always divide evenly (and as the products around it are then, too).
  const bool by_channels = lines < 5 * part.count && s.channels >= 4 * kLanes * part.count;
  const Range rows = by_channels ? Range{0, lines} : slice(lines, part);
  const Range c = by_channels ? slice(s.channels, part, kLanes) : Range{0, s.channels};
  for (int64_t line = rows.begin; line < rows.end; ++line) {
    const int64_t image = line / s.out_height(), oy = line % s.out_height();
    if (!tiled) {
      DepthwiseRowAny(a, image, oy, c.begin, c.end);
    } else if (kw == 3) {
      stride == 1 ? DepthwiseRow<3, 1>(a, image, oy, c.begin, c.end) : DepthwiseRow<3, 2>(a, image, oy, c.begin, c.end);
    } else {
      stride == 1 ? DepthwiseRow<5, 1>(a, image, oy, c.begin, c.end) : DepthwiseRow<5, 2>(a, image, oy, c.begin, c.end);
    }
    const bool done = is_clamp(a.activation) || (tiled && a.activation.op == Unary::kSwish);
    if (!done && c.begin < c.end)
      Activate(a.activation, a.dst + line * s.out_width() * s.channels + c.begin, s.out_width(), c.end - c.begin,
               s.channels);
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels::detail {
namespace {

HWY_EXPORT(DepthwiseLanes);
HWY_EXPORT(DepthwisePart);

class DepthwiseRoute final : public ConvRoute {
 public:
  DepthwiseRoute(const Conv2DShape& s, const Conv2DOptions& o)
      : ConvRoute(s, o),
        lanes_(HWY_DYNAMIC_DISPATCH(DepthwiseLanes)()),
        taps_(s.kernel_height * s.kernel_width),
        vectors_((s.channels + lanes_ - 1) / lanes_) {}
  const char* name() const override { return "depthwise"; }
  // Taps by vectors of channels, then the bias, both padded with zeros.
  int64_t packed_size() const override { return vectors_ * lanes_ * (taps_ + 1); }
  void pack(const float* filter, const float* bias, float* packed, Part part) const override {
    const Range own = slice(vectors_, part);
    float* padded_bias = packed + vectors_ * lanes_ * taps_;
    for (int64_t c = own.begin * lanes_; c < own.end * lanes_; ++c) {
      const bool exists = c < shape.channels;
      padded_bias[c] = exists && bias ? bias[c] : 0.0F;
      for (int64_t t = 0; t < taps_; ++t)
        packed[(c / lanes_ * taps_ + t) * lanes_ + c % lanes_] = exists ? filter[t * shape.channels + c] : 0.0F;
    }
  }
  void run(int64_t images, const float* src, float* dst, const float* residual, const float* packed,
           Part part) const override {
    const DepthwiseArgs args{&shape, packed, packed + vectors_ * lanes_ * taps_, src, dst, residual, options.activation,
                             images};
    HWY_DYNAMIC_DISPATCH(DepthwisePart)(args, part);
  }

 private:
  int64_t lanes_, taps_, vectors_;
};

}  // namespace

// With a multiplier m, output channel c m + j reads input channel c: a grouped convolution of `channels` groups.
std::unique_ptr<ConvRoute> make_depthwise_route(const Conv2DShape& shape, const Conv2DOptions& options) {
  if (shape.out_channels != shape.channels || options.max_pool_2x2) {
    Conv2DShape grouped = shape;
    grouped.groups = shape.channels;
    return make_window_route(grouped, options);
  }
  return std::make_unique<DepthwiseRoute>(shape, options);
}

}  // namespace hornbeam::kernels::detail
#endif  // HWY_ONCE
