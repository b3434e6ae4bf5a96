#include "ops/kernels/pool.h"

#include <limits>

#include "ops/kernels/reference.h"

namespace hornbeam::kernels {
namespace {

size_t at(int64_t i) { return static_cast<size_t>(i); }

TEST(Pool, MatchesReference) {
  for (int64_t size : {5, 8, 13})
    for (int64_t c : {1, 3, 8, 19, 40})
      for (int64_t window : {1, 2, 3})
        for (int64_t stride : {1, 2, 3})
          for (const bool same : {false, true})
            for (const Pooling kind : {Pooling::kMax, Pooling::kAverage}) {
              Pool2DShape s{size, size + 1, c, window, window, stride, stride};
              if (same) {
                const Padding v = same_padding(size, window, stride, 1), h = same_padding(size + 1, window, stride, 1);
                s.pad_top = v.before, s.pad_bottom = v.after, s.pad_left = h.before, s.pad_right = h.after;
              }
              const int64_t oh = s.out_height(), ow = s.out_width(), images = 2;
              const auto src = testing::numbers(images * s.height * s.width * c);
              std::vector<double> want(at(images * oh * ow * c));
              for (int64_t n = 0; n < images; ++n)
                for (int64_t y = 0; y < oh; ++y)
                  for (int64_t x = 0; x < ow; ++x)
                    for (int64_t i = 0; i < c; ++i) {
                      double most = -1e30, sum = 0, count = 0;
                      for (int64_t ky = 0; ky < window; ++ky)
                        for (int64_t kx = 0; kx < window; ++kx) {
                          const int64_t iy = y * stride - s.pad_top + ky, ix = x * stride - s.pad_left + kx;
                          if (iy < 0 || iy >= s.height || ix < 0 || ix >= s.width) continue;
                          const double v = static_cast<double>(src[at(((n * s.height + iy) * s.width + ix) * c + i)]);
                          most = std::max(most, v), sum += v, count += 1;
                        }
                      want[at(((n * oh + y) * ow + x) * c + i)] = kind == Pooling::kMax ? most : sum / count;
                    }
              std::vector<float> got(want.size()), split(want.size());
              pool2d(kind, s, images, src.data(), got.data());
              testing::expect_near(want, got.data(), 1e-6);
              for (int p = 0; p < 3; ++p) pool2d_part(kind, s, images, src.data(), split.data(), {p, 3});
              EXPECT_EQ(got, split);
            }
}

TEST(Pool, Global) {
  for (int64_t c : {1, 10, 33, 1280}) {
    const int64_t images = 3, pixels = 49;
    const auto src = testing::numbers(images * pixels * c);
    std::vector<double> mean(at(images * c)), most(at(images * c), -1e30);
    for (int64_t i = 0; i < images * pixels * c; ++i) {
      const size_t o = at(i / (pixels * c) * c + i % c);
      mean[o] += static_cast<double>(src[at(i)]) / static_cast<double>(pixels);
      most[o] = std::max(most[o], static_cast<double>(src[at(i)]));
    }
    std::vector<float> got(mean.size()), split(mean.size());
    global_pool_part(Pooling::kAverage, images, pixels, c, src.data(), got.data(), {0, 1});
    testing::expect_near(mean, got.data(), 1e-6);
    for (int p = 0; p < 4; ++p)
      global_pool_part(Pooling::kAverage, images, pixels, c, src.data(), split.data(), {p, 4});
    EXPECT_EQ(got, split);
    global_pool_part(Pooling::kMax, images, pixels, c, src.data(), got.data(), {0, 1});
    testing::expect_near(most, got.data(), 1e-6);
  }
}

TEST(Pool, NaNStaysInReduceMaxAndIsPassedOverByMaxPool) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int i = 0; i < 4; ++i) {
    std::vector<float> src(4 * 9, 1.0F), dst(9);
    src[at(i * 9 + 8)] = src[at(i * 9)] = nan;
    global_pool_part(Pooling::kMax, 1, 4, 9, src.data(), dst.data(), {0, 1});
    EXPECT_TRUE(std::isnan(dst[0]));
    EXPECT_TRUE(std::isnan(dst[8]));
    EXPECT_EQ(dst[1], 1.0F);
    pool2d(Pooling::kMax, {2, 2, 9, 2, 2, 2, 2}, 1, src.data(), dst.data());
    EXPECT_EQ(dst, std::vector<float>(9, 1.0F));
  }
}

}  // namespace
}  // namespace hornbeam::kernels
