// Random tensors by shape: what they are of, the bounds they keep, and seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/random.hpp"
#include "ops/random_state.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kMany = 20000;

double mean_of(const Tensor& x) { return ops::reduce_mean(ops::cast(x, DType::float64)).item<double>(); }
double deviation_of(const Tensor& x) { return ops::reduce_std(ops::cast(x, DType::float64)).item<double>(); }

TEST(ApiRandom, UniformKeepsItsBounds) {
  const auto x = ops::random_uniform({kMany}, {.minval = -2, .maxval = 4, .seed = 7});
  EXPECT_EQ(x.dtype(), DType::float32);
  const auto [low, high] = std::ranges::minmax(x.data<float>());
  EXPECT_GE(low, -2);
  EXPECT_LT(high, 4);
  EXPECT_NEAR(mean_of(x), 1, 0.1);
  EXPECT_NEAR(deviation_of(x), 6 / std::sqrt(12), 0.1);
  EXPECT_EQ(ops::random_uniform({2, 3}).shape(), Shape({2, 3}));
}

TEST(ApiRandom, Integers) {
  const auto x = ops::random_uniform({kMany}, {.minval = 3, .maxval = 6, .dtype = DType::int32, .seed = 7});
  const auto [low, high] = std::ranges::minmax(x.data<std::int32_t>());
  EXPECT_EQ(low, 3);
  EXPECT_EQ(high, 5);
  EXPECT_NEAR(mean_of(x), 4, 0.05);
  EXPECT_THROW(ops::random_uniform({2}, {.dtype = DType::int32}), ValueError);
  EXPECT_THROW(ops::random_uniform({2}, {.maxval = 2.5, .dtype = DType::int64}), ValueError);
  EXPECT_THROW(ops::random_uniform({2}, {.maxval = 1e10, .dtype = DType::int32}), ValueError);
  EXPECT_THROW(ops::random_uniform({2}, {.maxval = 1e19, .dtype = DType::int64}), ValueError);
  EXPECT_THROW(ops::random_uniform({2}, {.maxval = NAN, .dtype = DType::int64}), ValueError);
}

TEST(ApiRandom, Normals) {
  const auto x = ops::random_normal({kMany}, {.mean = 5, .stddev = 2, .seed = 7});
  EXPECT_NEAR(mean_of(x), 5, 0.1);
  EXPECT_NEAR(deviation_of(x), 2, 0.1);
  const auto t = ops::random_truncated_normal({kMany}, {.mean = 5, .stddev = 2, .dtype = DType::float64, .seed = 7});
  const auto [low, high] = std::ranges::minmax(t.data<double>());
  EXPECT_GE(low, 1);
  EXPECT_LE(high, 9);
  EXPECT_GT(high, 8);
}

// The same op seed gives the same numbers, after the same global one.
TEST(ApiRandom, SeedsRepeat) {
  const auto draw = [] {
    random::set_global_seed(3);
    return ops::random_normal({8}, {.seed = 5});
  };
  EXPECT_TRUE(std::ranges::equal(draw().data<float>(), draw().data<float>()));
}

TEST(ApiRandom, WithoutASeedEveryCallDrawsOthers) {
  const auto whole = [](const Tensor& t) { return std::vector<float>(t.data<float>().begin(), t.data<float>().end()); };
  const auto x = ops::random_normal({8}), y = ops::random_normal({8});
  EXPECT_NE(whole(x), whole(y));
}

}  // namespace
}  // namespace hornbeam
