#include "ops/kernels/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace hornbeam::kernels {
namespace {

std::vector<float> numbers(std::int64_t n, unsigned seed, float mean = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(mean);
  std::vector<float> v(static_cast<std::size_t>(n));
  for (auto& x : v) x = normal(random);
  return v;
}

// Everything that the kernels make of one array, on some parts.
struct Results {
  std::vector<float> mean, variance, y, dx;
  std::vector<double> total, product;
  bool operator==(const Results&) const = default;
};

struct Case {
  std::int64_t rows, columns;
  bool relu, side;
  std::vector<float> x = numbers(rows * columns, 1, 100), g = numbers(rows * columns, 2),
                     added = numbers(rows * columns, 3), factor = numbers(columns, 4), offset = numbers(columns, 5),
                     center = numbers(columns, 6), a = numbers(columns, 7), b = numbers(columns, 8);

  Results run(int parts) const {
    const RowBlocks blocks(rows, columns);
    const auto n = static_cast<std::size_t>(columns);
    Results r{std::vector<float>(n), std::vector<float>(n), x, x, std::vector<double>(n), std::vector<double>(n)};
    std::vector<float> sums(static_cast<std::size_t>(blocks.sums_size()));
    const auto each = [&](const auto& stage) {
      for (int i = parts; i-- > 0;) stage(Part{i, parts});
    };
    each([&](Part p) { block_moments_part(blocks, x.data(), sums.data(), p); });
    each([&](Part p) { join_moments_part(blocks, sums.data(), r.mean.data(), r.variance.data(), p); });
    const Normalisation n1{r.mean.data(), factor.data(), offset.data(), relu};
    each([&](Part p) { normalise_part(blocks, n1, x.data(), side ? added.data() : nullptr, r.y.data(), p); });
    each([&](Part p) { block_products_part(blocks, n1, g.data(), x.data(), sums.data(), p); });
    each([&](Part p) { join_products_part(blocks, sums.data(), r.total.data(), r.product.data(), p); });
    const NormalisationGradient by{center.data(), a.data(), b.data()};
    each([&](Part p) { normalise_gradient_part(blocks, n1, by, g.data(), x.data(), r.dx.data(), p); });
    return r;
  }
};

TEST(BatchNorm, IsWhatItSaysAndKnowsNoThreads) {
  for (const std::int64_t rows : {1, 7, 300, 1000}) {
    for (const std::int64_t columns : {1, 3, 16, 45, 1100}) {
      for (const bool relu : {false, true}) {
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns) + (relu ? " relu" : ""));
        const Case c{.rows = rows, .columns = columns, .relu = relu, .side = false};
        const auto r = c.run(1);
        for (const int parts : {2, 3, 7}) EXPECT_TRUE(c.run(parts) == r) << parts << " parts";
        for (std::int64_t j = 0; j < columns; ++j) {
          const auto at = [&](const std::vector<float>& v, std::int64_t i) {
            return static_cast<double>(v[static_cast<std::size_t>(i * columns + j)]);
          };
          double mean = 0, variance = 0, total = 0, product = 0;
          bool rounded = false;  // some value is so near to zero that its side of it is rounding's choice
          for (std::int64_t i = 0; i < rows; ++i) mean += at(c.x, i) / static_cast<double>(rows);
          for (std::int64_t i = 0; i < rows; ++i) {
            variance += std::pow(at(c.x, i) - mean, 2) / static_cast<double>(rows);
          }
          ASSERT_NEAR(at(r.mean, 0), mean, 1e-4);
          ASSERT_NEAR(at(r.variance, 0), variance, 1e-4);
          for (std::int64_t i = 0; i < rows; ++i) {
            const double shifted = at(c.x, i) - at(r.mean, 0), normal = shifted * at(c.factor, 0) + at(c.offset, 0);
            ASSERT_NEAR(at(r.y, i), relu ? std::max(normal, 0.0) : normal, 1e-4);
            rounded |= relu && std::abs(normal) < 1e-4;
            if (rounded) continue;
            const double g = relu && normal < 0 ? 0 : at(c.g, i);
            total += g;
            product += g * shifted;
            ASSERT_NEAR(at(r.dx, i), (g - at(c.center, 0)) * at(c.a, 0) + shifted * at(c.b, 0), 1e-4);
          }
          if (rounded) continue;
          ASSERT_NEAR(r.total[static_cast<std::size_t>(j)], total, 1e-2);
          ASSERT_NEAR(r.product[static_cast<std::size_t>(j)], product, 1e-2);
        }
      }
    }
  }
}

TEST(BatchNorm, AddsAResidualBeforeRelu) {
  const Case plain{.rows = 40, .columns = 21, .relu = false, .side = false};
  const Case c{.rows = 40, .columns = 21, .relu = true, .side = true};
  const auto y = plain.run(1).y, sum = c.run(2).y;
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(sum[i], std::max(y[i] + c.added[i], 0.0F));
}

}  // namespace
}  // namespace hornbeam::kernels
