// The public mathematical ops: numbers as arguments, operators, axes, products of any rank, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/ops.hpp"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

Tensor f(const Shape& shape, std::initializer_list<float> v) { return Tensor::from<float>(shape, v); }
std::vector<float> values(const Tensor& t) {
  const auto d = t.data<float>();
  return {d.begin(), d.end()};
}

template <class E, class F>
void expect_error(F&& call, const std::string& text) {
  try {
    call();
    FAIL() << "expected: " << text;
  } catch (const E& e) {
    EXPECT_THAT(e.what(), HasSubstr(text));
  }
}

TEST(MathOps, OperatorsTakeNumbersOfTheTensorsDtype) {
  const auto x = f({3}, {1, 2, 3});
  EXPECT_THAT(values(2 * x + 1), ElementsAre(3, 5, 7));
  EXPECT_THAT(values(1 - x / 2.0), ElementsAre(0.5F, 0, -0.5F));
  EXPECT_THAT(values(-x), ElementsAre(-1, -2, -3));
  const auto i = Tensor::from<std::int32_t>({2}, {7, -7});
  EXPECT_EQ((i + 1).dtype(), DType::int32);
  EXPECT_EQ(ops::divide(i, 2).dtype(), DType::float64);
  expect_error<TypeError>([&] { i + 1.5; }, "Expected int32, but got 1.5");
}

TEST(MathOps, VariablesConvertByBeingRead) {
  const auto v = std::make_shared<VariableNode>("v", f({2}, {1, 2}), true);
  EXPECT_THAT(values(f({2}, {1, 1}) + v), ElementsAre(2, 3));
  EXPECT_THAT(values(ops::square(v)), ElementsAre(1, 4));
  EXPECT_THAT(values(ops::read(v)), ElementsAre(1, 2));
}

TEST(MathOps, ReductionsOverAxes) {
  const auto x = f({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(ops::reduce_sum(x).item<float>(), 21);
  EXPECT_THAT(values(ops::reduce_mean(x, 0)), ElementsAre(2.5F, 3.5F, 4.5F));
  EXPECT_EQ(ops::reduce_max(x, -1, true).shape(), (Shape{2, 1}));
  EXPECT_THAT(values(ops::l2_normalize(f({1, 2}, {3, 4}), -1)), Pointwise(FloatNear(1e-6F), {0.6F, 0.8F}));
  expect_error<InvalidArgumentError>([&] { ops::reduce_sum(x, 2); }, "Invalid reduction dimension 2");
}

TEST(MathOps, SoftmaxOverAnyAxis) {
  const auto x = f({2, 2}, {0, 1, 0, 1});
  EXPECT_THAT(values(ops::softmax(x, 0)), ElementsAre(0.5F, 0.5F, 0.5F, 0.5F));
  EXPECT_THAT(values(ops::softmax(x)),
              Pointwise(FloatNear(1e-6F), {0.26894142F, 0.73105858F, 0.26894142F, 0.73105858F}));
}

TEST(MathOps, ProductsOfAnyRank) {
  const auto x = f({2, 1, 2}, {1, 2, 3, 4});
  const auto w = f({2, 3}, {1, 0, 1, 0, 1, 1});
  const auto y = ops::tensordot(x, w);
  EXPECT_EQ(y.shape(), (Shape{2, 1, 3}));
  EXPECT_THAT(values(y), ElementsAre(1, 2, 3, 3, 4, 7));
  EXPECT_THAT(values(ops::einsum("abc,cd->abd", {x, w})), ElementsAre(1, 2, 3, 3, 4, 7));
  EXPECT_THAT(values(ops::matmul(x, w)), ElementsAre(1, 2, 3, 3, 4, 7));
  expect_error<InvalidArgumentError>([&] { ops::matmul(w, w); }, "Matrix size-incompatible");
}

TEST(MathOps, ChannelsFirstConvolvesAsChannelsLast) {
  const auto x = f({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const auto w = f({2, 2, 1, 1}, {1, 1, 1, 1});
  const auto y = ops::conv2d(x, w, {1, 1}, "valid", "channels_first");
  EXPECT_EQ(y.shape(), (Shape{1, 1, 2, 2}));
  EXPECT_THAT(values(y), ElementsAre(12, 16, 24, 28));
  EXPECT_THAT(values(ops::max_pool(x, {2, 2}, {1, 1}, "valid", "channels_first")), ElementsAre(5, 6, 8, 9));
}

TEST(MathOps, WrongWindowsAreRefused) {
  const auto x = f({1, 2, 2, 1}, {1, 2, 3, 4});
  const auto w = f({1, 1, 1, 1}, {1});
  expect_error<InvalidArgumentError>([&] { ops::conv2d(x, w, {0, 1}); }, "must be positive");
  expect_error<InvalidArgumentError>([&] { ops::conv2d(x, w, {1, 1}, "VALID", "NHWC", {1, -1}); }, "must be positive");
  expect_error<InvalidArgumentError>([&] { ops::max_pool(x, {0, 1}, {1, 1}); }, "must be positive");
  expect_error<InvalidArgumentError>(
      [&] {
        ops::max_pool(x, {3, 1}, {1, 1});
      },
      "Negative dimension size caused by subtracting 3 from 2");
  expect_error<InvalidArgumentError>(
      [&] {
        ops::conv2d(x, Tensor::zeros(DType::float32, {0, 1, 1, 1}));
      },
      "must not have zero elements");
  expect_error<InvalidArgumentError>(
      [&] {
        ops::conv2d(x, Tensor::zeros(DType::float32, {1, 1, 0, 1}));
      },
      "filter depth");
}

TEST(MathOps, IntegerDivisionIsGuarded) {
  const auto low = Tensor::from<std::int32_t>({1}, {std::numeric_limits<std::int32_t>::min()});
  const auto minus = Tensor::from<std::int32_t>({1}, {-1}), zero = Tensor::from<std::int32_t>({1}, {0});
  for (const char* op : {"Div", "TruncateDiv", "FloorDiv", "FloorMod", "Mod", "TruncateMod"}) {
    expect_error<InvalidArgumentError>([&] { call_op(op, {low, zero}); }, "Integer division by zero");
    const auto expected = std::string_view(op).ends_with("Mod") ? 0 : std::numeric_limits<std::int32_t>::min();
    EXPECT_EQ(call_op1(op, {low, minus}).item<std::int32_t>(), expected) << op;
  }
  expect_error<InvalidArgumentError>(
      [&] {
        call_op("Pow", {low, minus});
      },
      "Integers to negative integer powers are not allowed");
}

TEST(MathOps, RangesAreChecked) {
  const auto x = f({2, 2}, {1, 2, 3, 4});
  expect_error<InvalidArgumentError>([&] { ops::argmax(x, 2); }, "Expected dimension in the range [-2, 2), but got 2");
  expect_error<InvalidArgumentError>([&] { ops::cumsum(x, -3); }, "Expected scan axis in the range [-2, 2)");
  expect_error<InvalidArgumentError>([&] { ops::top_k(x, 3); }, "input must have at least k columns");
  expect_error<InvalidArgumentError>([&] { ops::top_k(x, -1); }, "Need k >= 0, got -1");
  expect_error<InvalidArgumentError>(
      [&] {
        ops::sparse_softmax_cross_entropy_with_logits(Tensor::from<std::int64_t>({2}, {0, 2}), x);
      },
      "Received a label value of 2 which is outside the valid range of [0, 2)");
  expect_error<InvalidArgumentError>([&] { ops::einsum("ab->ac", {x}); }, "Einsum expects");
}

TEST(MathOps, LongSumsStayExact) {
  const auto many = Tensor::from<float>({1 << 20}, std::vector<float>(1 << 20, 0.1F));
  EXPECT_NEAR(ops::reduce_sum(many).item<float>(), 104857.6F, 0.02F);
}

}  // namespace
}  // namespace hornbeam
