#include "ops/kernels/outer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "ops/kernels/columns.h"
#include "ops/kernels/depthwise_gradient.h"
#include "ops/kernels/input_gradient.h"
#include "ops/kernels/pool_gradient.h"

namespace hornbeam::kernels {
namespace {

std::vector<float> numbers(std::int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> v(static_cast<std::size_t>(n));
  for (auto& x : v) x = normal(random);
  return v;
}

// The same bits from one part as from two, three and seven.
template <class F>
void expect_same_bits(std::int64_t outputs, const F& run) {
  std::vector<float> alone(static_cast<std::size_t>(outputs), -1);
  run(alone.data(), Part{0, 1});
  for (const int count : {2, 3, 7}) {
    std::vector<float> shared(alone.size(), -1);
    for (int i = 0; i < count; ++i) run(shared.data(), Part{i, count});
    EXPECT_EQ(alone, shared) << count << " parts";
  }
}

TEST(Outer, IsTheProductAndKnowsNoThreads) {
  for (const std::int64_t m : {1, 5, 7, 64, 130}) {
    for (const std::int64_t n : {1, 10, 64, 100}) {
      for (const std::int64_t k : {0, 1, 33, 600}) {
        const auto a = numbers(k * m, 1), b = numbers(k * n, 2);
        std::vector<float> c(static_cast<std::size_t>(m * n));
        gemm_outer(m, n, k, a.data(), m, b.data(), n, c.data(), n);
        for (std::int64_t i = 0; i < m; ++i) {
          for (std::int64_t j = 0; j < n; ++j) {
            double sum = 0;
            for (std::int64_t p = 0; p < k; ++p) {
              sum += static_cast<double>(a[static_cast<std::size_t>(p * m + i)]) *
                     static_cast<double>(b[static_cast<std::size_t>(p * n + j)]);
            }
            ASSERT_NEAR(c[static_cast<std::size_t>(i * n + j)], sum, 1e-3) << m << " " << n << " " << k;
          }
        }
        // The product, then the sums of b's columns.
        expect_same_bits(m * n + n, [&](float* out, Part part) {
          gemm_outer_part(m, n, k, a.data(), m, b.data(), n, out, n, out + m * n, part);
        });
      }
    }
  }
}

// A running sum of k numbers, 2/3 on average, would be wrong by some 1e-5 of it; of sums of blocks it is a tenth.
TEST(Outer, LongSumsKeepTheirBits) {
  constexpr std::int64_t kLong = 50000, kRows = 7, kColumns = 20;
  auto a = numbers(kLong * kRows, 1), b = numbers(kLong * kColumns, 2);
  for (auto* values : {&a, &b}) {
    for (auto& x : *values) x = std::abs(x);
  }
  std::vector<float> c(static_cast<std::size_t>(kRows * kColumns));
  gemm_outer(kRows, kColumns, kLong, a.data(), kRows, b.data(), kColumns, c.data(), kColumns);
  double worst = 0;
  for (std::int64_t i = 0; i < kRows; ++i) {
    for (std::int64_t j = 0; j < kColumns; ++j) {
      double sum = 0;
      for (std::int64_t p = 0; p < kLong; ++p) {
        sum += static_cast<double>(a[static_cast<std::size_t>(p * kRows + i)]) *
               static_cast<double>(b[static_cast<std::size_t>(p * kColumns + j)]);
      }
      worst = std::max(worst, std::abs(static_cast<double>(c[static_cast<std::size_t>(i * kColumns + j)]) / sum - 1));
    }
  }
  EXPECT_LT(worst, 2e-6);
}

TEST(Outer, FilterGradientKnowsNoThreads) {
  for (const std::int64_t channels : {1, 3, 16}) {
    for (const std::int64_t stride : {1, 2}) {
      const Conv2DShape s{.height = 13,
                          .width = 11,
                          .channels = channels,
                          .kernel_height = 3,
                          .kernel_width = 3,
                          .out_channels = 40,
                          .stride_h = stride,
                          .stride_w = stride,
                          .pad_top = 1,
                          .pad_bottom = 1,
                          .pad_left = 1,
                          .pad_right = 1};
      constexpr std::int64_t kImages = 9;
      const auto x = numbers(kImages * s.height * s.width * channels, 1);
      const auto g = numbers(kImages * s.out_height() * s.out_width() * s.out_channels, 2);
      const FilterGradient gradient{s, kImages};
      const std::int64_t size = 9 * channels * s.out_channels;
      expect_same_bits(size + s.out_channels,
                       [&](float* out, Part part) { gradient.run_part(x.data(), g.data(), out, out + size, part); });
      std::vector<float> filter(static_cast<std::size_t>(size)), bias(static_cast<std::size_t>(s.out_channels)),
          sums = bias;
      gradient.run_part(x.data(), g.data(), filter.data(), bias.data(), {});
      const std::int64_t pixels = kImages * s.out_height() * s.out_width();
      column_sums_part(pixels, s.out_channels, g.data(), sums.data(), {});
      for (std::size_t i = 0; i < sums.size(); ++i) ASSERT_NEAR(bias[i], sums[i], 1e-3);
    }
  }
}

TEST(Outer, DepthwiseFilterGradientKnowsNoThreads) {
  const Conv2DShape s{.height = 9,
                      .width = 8,
                      .channels = 50,
                      .kernel_height = 3,
                      .kernel_width = 3,
                      .out_channels = 50,
                      .pad_top = 1,
                      .pad_bottom = 1,
                      .pad_left = 1,
                      .pad_right = 1};
  const auto x = numbers(4 * 72 * 50, 1), g = numbers(4 * 72 * 50, 2);
  expect_same_bits(9 * 50,
                   [&](float* out, Part part) { depthwise_filter_gradient_part(s, 4, x.data(), g.data(), out, part); });
}

TEST(Columns, SumsKnowNoThreads) {
  for (const std::int64_t columns : {1, 16, 40, 100}) {
    const auto x = numbers(1000 * columns, 1);
    expect_same_bits(columns, [&](float* out, Part part) { column_sums_part(1000, columns, x.data(), out, part); });
  }
}

TEST(Pools, GradientsKnowNoThreads) {
  const Pool2DShape s{
      .height = 9, .width = 8, .channels = 40, .window_h = 3, .window_w = 3, .stride_h = 2, .stride_w = 2};
  for (const std::int64_t images : {1, 5}) {
    const auto x = numbers(images * 72 * 40, 1), g = numbers(images * s.out_height() * s.out_width() * 40, 2);
    std::vector<float> y(g.size());
    pool2d(Pooling::kMax, s, images, x.data(), y.data());
    expect_same_bits(images * 72 * 40, [&](float* out, Part part) {
      max_pool_gradient_part(s, images, x.data(), y.data(), g.data(), false, out, part);
    });
    expect_same_bits(images * 72 * 40,
                     [&](float* out, Part part) { average_pool_gradient_part(s, images, g.data(), out, part); });
  }
}

}  // namespace
}  // namespace hornbeam::kernels
