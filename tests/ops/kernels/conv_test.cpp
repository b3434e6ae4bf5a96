#include "ops/kernels/conv.h"

#include "ops/kernels/gemm.h"
#include "ops/kernels/reference.h"

namespace hornbeam::kernels {
namespace {

using testing::expect_near;
using testing::numbers;

size_t at(int64_t i) { return static_cast<size_t>(i); }

// Convolution, bias, residual, activation, and pooling if asked, in doubles.
std::vector<double> reference(const Conv2DShape& s, int64_t images, const std::vector<float>& src,
                              const std::vector<float>& filter, const std::vector<float>& bias,
                              const std::vector<float>* residual, const Conv2DOptions& o) {
  const int64_t oh = s.out_height(), ow = s.out_width(), oc = s.out_channels;
  const int64_t groups = o.depthwise ? s.channels : s.groups;
  const int64_t depth = s.channels / groups, per = oc / groups;
  std::vector<double> out(at(images * oh * ow * oc));
  for (int64_t n = 0; n < images; ++n)
    for (int64_t y = 0; y < oh; ++y)
      for (int64_t x = 0; x < ow; ++x)
        for (int64_t c = 0; c < oc; ++c) {
          double sum = 0;
          for (int64_t ky = 0; ky < s.kernel_height; ++ky)
            for (int64_t kx = 0; kx < s.kernel_width; ++kx) {
              const int64_t iy = y * s.stride_h - s.pad_top + ky * s.dilation_h;
              const int64_t ix = x * s.stride_w - s.pad_left + kx * s.dilation_w;
              if (iy < 0 || iy >= s.height || ix < 0 || ix >= s.width) continue;
              for (int64_t i = 0; i < depth; ++i)
                sum += static_cast<double>(
                           src[at(((n * s.height + iy) * s.width + ix) * s.channels + c / per * depth + i)]) *
                       static_cast<double>(filter[at(((ky * s.kernel_width + kx) * depth + i) * oc + c)]);
            }
          const int64_t p = ((n * oh + y) * ow + x) * oc + c;
          sum += static_cast<double>(bias[at(c)]);
          if (residual) sum += static_cast<double>((*residual)[at(p)]);
          out[at(p)] = testing::reference_activation(o.activation, sum);
        }
  if (!o.max_pool_2x2) return out;
  std::vector<double> pooled(at(images * (oh / 2) * (ow / 2) * oc), -1e30);
  for (int64_t n = 0; n < images; ++n)
    for (int64_t y = 0; y < oh / 2 * 2; ++y)
      for (int64_t x = 0; x < ow / 2 * 2; ++x)
        for (int64_t c = 0; c < oc; ++c) {
          double& p = pooled[at(((n * (oh / 2) + y / 2) * (ow / 2) + x / 2) * oc + c)];
          p = std::max(p, out[at(((n * oh + y) * ow + x) * oc + c)]);
        }
  return pooled;
}

void check(const Conv2DShape& s, int64_t images, Conv2DOptions o, bool with_residual = false) {
  o.has_residual = with_residual;
  SCOPED_TRACE(::testing::Message() << images << "x" << s.height << "x" << s.width << "x" << s.channels << " k"
                                    << s.kernel_height << "x" << s.kernel_width << " oc" << s.out_channels << " s"
                                    << s.stride_h << s.stride_w << " d" << s.dilation_h << s.dilation_w << " p"
                                    << s.pad_top << s.pad_bottom << s.pad_left << s.pad_right << " g" << s.groups
                                    << (o.depthwise ? " dw" : "") << (o.max_pool_2x2 ? " pool" : ""));
  const int64_t depth = o.depthwise ? 1 : s.channels / s.groups;
  const auto src = numbers(images * s.height * s.width * s.channels, 1);
  const auto filter = numbers(s.kernel_height * s.kernel_width * depth * s.out_channels, 2);
  const auto bias = numbers(s.out_channels, 3),
             residual = numbers(images * s.out_height() * s.out_width() * s.out_channels, 4);
  const auto want = reference(s, images, src, filter, bias, with_residual ? &residual : nullptr, o);
  const Conv2D conv(s, filter.data(), bias.data(), o);
  std::vector<float> got(want.size() + 1, 77.0F), whole;
  if (with_residual) std::copy(residual.begin(), residual.end(), got.begin());
  conv.run(images, src.data(), got.data(), with_residual ? got.data() : nullptr);
  const double taps = static_cast<double>(s.kernel_height * s.kernel_width * depth);
  expect_near(want, got.data(), 3e-6, std::sqrt(taps) + 1);
  EXPECT_EQ(got.back(), 77.0F);
  for (int parts : {1, 2, 3}) {  // the same bits for any split
    std::vector<float> split(got.size(), 77.0F);
    for (int i = 0; i < parts; ++i)
      conv.run_part(images, src.data(), split.data(), with_residual ? residual.data() : nullptr, {i, parts});
    EXPECT_EQ(got, split) << parts;
  }
}

Conv2DShape square(int64_t size, int64_t channels, int64_t kernel, int64_t oc, int64_t stride = 1, bool same = true,
                   int64_t dilation = 1) {
  Conv2DShape s{size, size, channels, kernel, kernel, oc, stride, stride, dilation, dilation};
  if (same) {
    const Padding p = same_padding(size, kernel, stride, dilation);
    s.pad_top = s.pad_left = p.before;
    s.pad_bottom = s.pad_right = p.after;
  }
  return s;
}

TEST(Conv, Pointwise) {
  for (int64_t c : {1, 3, 16, 40, 300})
    for (int64_t oc : {1, 8, 10, 24, 70}) {
      check(square(7, c, 1, oc), 2, {{Unary::kRelu}});
      check(square(7, c, 1, oc, 2), 1, {});
    }
}

TEST(Conv, Windows) {
  for (int64_t c : {1, 3, 4, 15, 16, 32, 64, 130})
    for (int64_t oc : {5, 16, 32}) {
      check(square(9, c, 3, oc), 2, {{Unary::kRelu}});
      check(square(9, c, 3, oc, 2), 1, {{Unary::kSwish}});
      check(square(8, c, 3, oc, 1, false), 1, {});
    }
  check(square(15, 3, 7, 20, 2), 2, {{Unary::kRelu6}});
  check(square(6, 520, 3, 9), 1, {});
  check(square(11, 24, 5, 17, 3), 1, {});
  check(square(11, 24, 3, 17, 1, true, 2), 1, {});
  check(square(3, 20, 5, 6), 1, {});  // the window is larger than the image
  Conv2DShape odd{5, 12, 6, 2, 4, 9, 1, 3, 2, 1, 1, 0, 2, 3};
  check(odd, 2, {{Unary::kTanh}});
  Conv2DShape line{1, 50, 12, 1, 5, 33};
  check(line, 3, {leaky_relu(0.2F)});
}

TEST(Conv, Residual) {
  check(square(7, 40, 1, 24), 2, {{Unary::kRelu}}, true);
  check(square(9, 20, 3, 33), 1, {{Unary::kSwish}}, true);
  Conv2DOptions dw{{Unary::kRelu6}};
  dw.depthwise = true;
  check(square(9, 24, 3, 24), 1, dw, true);
}

TEST(Conv, Pooled) {
  for (int64_t size : {28, 13, 11, 5})
    for (int64_t c : {1, 3, 32})
      for (int64_t oc : {7, 32, 64})
        for (const bool same : {false, true})
          for (const Unary f : {Unary::kIdentity, Unary::kRelu, Unary::kTanh}) {
            Conv2DOptions o{{f}};
            o.max_pool_2x2 = true;
            check(square(size, c, 3, oc, 1, same), 2, o);
          }
}

TEST(Conv, Grouped) {
  for (int64_t groups : {2, 4}) {
    Conv2DShape s = square(9, 8 * groups, 3, 6 * groups);
    s.groups = groups;
    check(s, 2, {{Unary::kRelu}});
    s = square(9, 20 * groups, 1, 6 * groups);
    s.groups = groups;
    check(s, 2, {{Unary::kRelu}});
  }
}

TEST(Conv, Depthwise) {
  for (int64_t c : {1, 5, 8, 16, 27, 96})
    for (int64_t kernel : {3, 5, 2, 7})
      for (int64_t stride : {1, 2, 3})
        for (int64_t size : {2, 7, 10, 14})
          for (const bool same : {true, false}) {
            if (!same && size < kernel) continue;
            for (const Unary f : {Unary::kRelu6, Unary::kSwish}) {
              Conv2DOptions o{{f}};
              o.depthwise = true;
              check(square(size, c, kernel, c, stride, same), 2, o);
            }
          }
  Conv2DOptions o{{Unary::kSigmoid}};
  o.depthwise = true;
  check(square(10, 12, 3, 12, 1, true, 2), 1, o);
  check(square(10, 12, 3, 36), 1, o);  // depth multiplier 3
}

// What was measured, on AVX2 and on AVX-512 (docs/performance.md): oneDNN's where it is faster, unless its calls cost
// more than they save.
TEST(Conv, Routes) {
  const auto route = [](const Conv2DShape& s, Conv2DOptions o = {}) {
    const int64_t depth = o.depthwise ? 1 : s.channels;
    const auto filter = numbers(s.kernel_height * s.kernel_width * depth * s.out_channels, 1);
    return std::string(Conv2D(s, filter.data(), nullptr, o).route());
  };
  const bool avx512 = panel_columns() >= 64;
  Conv2DOptions depthwise, pooled, tanh;
  depthwise.depthwise = true;
  pooled.max_pool_2x2 = true;
  tanh.activation = {Unary::kTanh};
  EXPECT_EQ(route(square(224, 3, 3, 32, 2)), "onednn");  // a stem
  EXPECT_EQ(route(square(112, 16, 1, 96)), avx512 ? "gemm" : "onednn");
  EXPECT_EQ(route(square(112, 96, 3, 96, 2), depthwise), avx512 ? "depthwise" : "onednn");
  EXPECT_EQ(route(square(56, 144, 3, 144), depthwise), avx512 ? "depthwise" : "onednn");
  EXPECT_EQ(route(square(28, 64, 3, 64)), avx512 ? "onednn" : "window");
  EXPECT_EQ(route(square(7, 16, 3, 16), depthwise), "depthwise");  // too small for a call
  EXPECT_EQ(route(square(8, 3, 3, 8)), "window");
  EXPECT_EQ(route(square(28, 40, 3, 40)), "window");
  EXPECT_EQ(route(square(14, 384, 1, 64)), "gemm");
  EXPECT_EQ(route(square(224, 3, 3, 32), pooled), "window");  // what oneDNN has not
  EXPECT_EQ(route(square(224, 3, 3, 32), tanh), "window");
}

}  // namespace
}  // namespace hornbeam::kernels
