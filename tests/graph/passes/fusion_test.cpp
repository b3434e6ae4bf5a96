// What the passes make of a function, and that it still computes the same.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "graph/test_functions.h"

namespace hornbeam::graph {
namespace {

using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;
using testing::Contains;
using testing::Each;
using testing::Not;

std::vector<std::string> steps_of(const Executable& f) {
  std::vector<std::string> types;
  for (const auto& type : f.op_types()) {
    const bool derived = type == "_Arg" || type == "Const" || type == "ReadVariableOp";
    if (!derived) types.push_back(type);
  }
  return types;
}

Tensor conv(const Tensor& x, const Tensor& w, const char* padding = "SAME") {
  return call_op1("Conv2D", {x, w},
                  {{"strides", std::vector<std::int64_t>{1, 1, 1, 1}}, {"padding", std::string(padding)}});
}
Tensor depthwise(const Tensor& x, const Tensor& w) {
  return call_op1("DepthwiseConv2dNative", {x, w},
                  {{"strides", std::vector<std::int64_t>{1, 1, 1, 1}}, {"padding", std::string("SAME")}});
}
Tensor matmul(const Tensor& x, const Tensor& w) { return call_op1("MatMul", {x, w}); }
Tensor bias_add(const Tensor& x, const Tensor& b) { return call_op1("BiasAdd", {x, b}); }
Tensor add(const Tensor& x, const Tensor& y) { return call_op1("AddV2", {x, y}); }
Tensor mul(const Tensor& x, const Tensor& y) { return call_op1("Mul", {x, y}); }
Tensor unary(const char* op, const Tensor& x) { return call_op1(op, {x}); }
Tensor number(float v) { return Tensor::scalar(v); }

struct BatchNorm {
  explicit BatchNorm(std::int64_t channels)
      : gamma(variable("gamma", random_tensor({channels}, 21, 0.5F, 1.5F))),
        beta(variable("beta", random_tensor({channels}, 22))),
        mean(variable("mean", random_tensor({channels}, 23))),
        variance(variable("variance", random_tensor({channels}, 24, 0.5F, 2))) {}
  Tensor operator()(const Tensor& x) const {
    return call_op("FusedBatchNormV3", {x, gamma, beta, mean, variance},
                   {{"is_training", false}, {"epsilon", 0.001F}})[0];
  }
  Variable gamma, beta, mean, variance;
};

TEST(Fusion, DenseIsOneStepForEveryActivation) {
  const auto w = variable("w", random_tensor({9, 37}, 2)), b = variable("b", random_tensor({37}, 3));
  for (const char* activation : {"Relu", "Relu6", "Elu", "Selu", "Tanh", "Sigmoid", "Softplus", "Softsign"}) {
    SCOPED_TRACE(activation);
    const auto body = [&](Tensors x) -> List { return {unary(activation, bias_add(matmul(x[0], w), b))}; };
    const auto f = compile({floats({None, 9})}, body);
    EXPECT_THAT(steps_of(*f), Contains("_FusedMatMul").Times(1));
    EXPECT_THAT(steps_of(*f), Not(Contains(activation)));
    for (const std::int64_t batch : {1, 5}) expect_equals_eager(*f, body, {random_tensor({batch, 9})}, 1e-5F);
  }
}

TEST(Fusion, SwishGeluLeakyReluAndClipEndAProduct) {
  const auto w = variable("w", random_tensor({9, 13}, 2));
  const std::vector<std::function<Tensor(Tensor)>> activations{
      [](const Tensor& x) { return mul(x, unary("Sigmoid", x)); },
      [](const Tensor& x) {
        return mul(mul(number(0.5F), x), add(number(1), unary("Erf", call_op1("RealDiv", {x, number(1.41421356F)}))));
      },
      [](const Tensor& x) {
        const auto cube = mul(number(0.044715F), call_op1("Pow", {x, number(3)}));
        return mul(mul(number(0.5F), x), add(number(1), unary("Tanh", mul(number(0.79788456F), add(x, cube)))));
      },
      [](const Tensor& x) {
        return call_op1("LeakyRelu", {x}, {{"alpha", 0.3F}});
      },
      [](const Tensor& x) {
        return call_op1("ClipByValue", {x, number(-0.5F), number(0.25F)});
      },
  };
  for (const auto& activation : activations) {
    const auto body = [&](Tensors x) -> List { return {activation(matmul(x[0], w))}; };
    const auto f = compile({floats({None, 9})}, body);
    EXPECT_THAT(steps_of(*f), testing::ElementsAre("_FusedMatMul"));
    expect_equals_eager(*f, body, {random_tensor({3, 9})}, 1e-5F);
  }
}

TEST(Fusion, BatchNormGoesIntoConvolutions) {
  const auto w = variable("w", random_tensor({3, 3, 5, 8}, 2)), b = variable("b", random_tensor({8}, 3));
  const auto d = variable("d", random_tensor({3, 3, 8, 2}, 4));
  const BatchNorm first(8), second(16);
  const auto body = [&](Tensors x) -> List {
    const auto y = unary("Relu6", first(bias_add(conv(x[0], w), b)));
    return {unary("Relu", second(depthwise(y, d)))};
  };
  const auto f = compile({floats({None, None, None, 5})}, body);
  const auto steps = steps_of(*f);
  EXPECT_THAT(steps, Contains("_FusedConv2D").Times(1));
  EXPECT_THAT(steps, Contains("_FusedDepthwiseConv2dNative").Times(1));
  EXPECT_THAT(steps, Not(Contains("Relu")));
  EXPECT_THAT(steps, Not(Contains("FusedBatchNormV3")));
  expect_equals_eager(*f, body, {random_tensor({2, 7, 6, 5})}, 1e-4F);
  first.gamma->assign(random_tensor({8}, 31));
  second.mean->assign(random_tensor({16}, 32));
  expect_equals_eager(*f, body, {random_tensor({2, 7, 6, 5})}, 1e-4F);
}

TEST(Fusion, ResidualsAndActivations) {
  const auto w1 = variable("w1", random_tensor({3, 3, 8, 8}, 2)), w2 = variable("w2", random_tensor({1, 1, 8, 8}, 3));
  const auto b = variable("b", random_tensor({8}, 4));
  const auto body = [&](Tensors x) -> List {
    const auto y = unary("Relu", bias_add(conv(x[0], w1), b));
    const auto z = unary("Relu", add(bias_add(conv(y, w1), b), conv(x[0], w2)));
    return {unary("Relu", add(z, bias_add(conv(z, w1), b)))};
  };
  const auto f = compile({floats({None, 6, 6, 8})}, body);
  const auto steps = steps_of(*f);
  EXPECT_THAT(steps, Contains("_FusedConv2D").Times(4));
  EXPECT_THAT(steps, Not(Contains("Relu")));
  EXPECT_THAT(steps, Not(Contains("_FusedElementwise")));
  for (const std::int64_t n : {1, 3}) expect_equals_eager(*f, body, {random_tensor({n, 6, 6, 8})}, 1e-4F);
}

TEST(Fusion, AResidualThatBroadcastsAfterAll) {
  const auto w = variable("w", random_tensor({1, 1, 8, 8}, 2));
  const auto body = [&](Tensors x) -> List { return {unary("Relu", add(conv(x[0], w), x[1]))}; };
  const auto f = compile({floats({None, 6, 6, 8}), floats({None, 6, 6, 8})}, body);
  expect_equals_eager(*f, body, {random_tensor({3, 6, 6, 8}), random_tensor({1, 6, 6, 8}, 2)}, 1e-4F);
  expect_equals_eager(*f, body, {random_tensor({1, 6, 6, 8}), random_tensor({3, 6, 6, 8}, 2)}, 1e-4F);
  expect_equals_eager(*f, body, {random_tensor({3, 6, 6, 8}), random_tensor({3, 6, 6, 8}, 2)}, 1e-4F);
}

TEST(Fusion, TheInputAsItsOwnResidualIsNotOverwritten) {
  const auto w = variable("w", random_tensor({3, 3, 8, 8}, 2));
  const auto body = [&](Tensors x) -> List {
    const auto y = unary("Exp", x[0]);
    return {add(y, conv(y, w))};
  };
  const auto f = compile({floats({None, 6, 6, 8})}, body);
  expect_equals_eager(*f, body, {random_tensor({2, 6, 6, 8})}, 1e-4F);
}

TEST(Fusion, PoolingAndPadding) {
  const auto w = variable("w", random_tensor({3, 3, 3, 32}, 2)), b = variable("b", random_tensor({32}, 3));
  const auto pads = Tensor::from<std::int32_t>({4, 2}, {0, 0, 1, 2, 0, 1, 0, 0});
  const std::vector<std::int64_t> two{1, 2, 2, 1};
  const auto body = [&](Tensors x) -> List {
    const auto y = unary("Relu", bias_add(conv(call_op1("Pad", {x[0], pads}), w, "VALID"), b));
    return {call_op1("MaxPool", {y}, {{"ksize", two}, {"strides", two}, {"padding", std::string("VALID")}})};
  };
  const auto f = compile({floats({None, 11, 10, 3})}, body);
  EXPECT_THAT(steps_of(*f), Not(Contains("MaxPool")));
  EXPECT_THAT(steps_of(*f), Not(Contains("Pad")));
  for (const std::int64_t n : {1, 2}) expect_equals_eager(*f, body, {random_tensor({n, 11, 10, 3})}, 1e-4F);
}

TEST(Fusion, Conv1DThroughItsViews) {
  const auto w = variable("w", random_tensor({3, 5, 7}, 2)), b = variable("b", random_tensor({7}, 3));
  const auto one = Tensor::scalar<std::int32_t>(1), zero = Tensor::scalar<std::int32_t>(0);
  const auto body = [&](Tensors x) -> List {
    const auto y = conv(call_op1("ExpandDims", {x[0], one}), call_op1("ExpandDims", {Tensor(w), zero}));
    const auto z = call_op1("Squeeze", {y}, {{"squeeze_dims", std::vector<std::int64_t>{1}}});
    return {unary("Relu", bias_add(z, b))};
  };
  const auto f = compile({floats({None, None, 5})}, body);
  EXPECT_THAT(steps_of(*f), Not(Contains("BiasAdd")));
  EXPECT_THAT(steps_of(*f), Not(Contains("Relu")));
  expect_equals_eager(*f, body, {random_tensor({2, 9, 5})}, 1e-5F);
}

TEST(Fusion, ElementwiseChains) {
  const auto v = variable("v", random_tensor({6}, 2, 0.5F, 1));
  const auto body = [&](Tensors x) -> List {
    auto y = mul(x[0], number(1 / 127.5F));
    y = call_op1("Sub", {y, number(1)});
    y = unary("Tanh", add(mul(y, v), x[1]));
    y = call_op1("Sub", {number(1), y});
    return {call_op1("RealDiv", {Tensor(v), call_op1("Maximum", {y, number(0.1F)})})};
  };
  const auto f = compile({floats({None, 6}), floats({None, 6})}, body);
  EXPECT_THAT(steps_of(*f), testing::ElementsAre("_FusedElementwise"));
  for (const std::int64_t n : {1, 4, 3000}) {
    expect_equals_eager(*f, body, {random_tensor({n, 6}), random_tensor({n, 6}, 7)}, 1e-5F);
  }
  expect_equals_eager(*f, body, {random_tensor({1, 6}), random_tensor({5, 6}, 7)}, 1e-5F);
  expect_equals_eager(*f, body, {random_tensor({0, 6}), random_tensor({0, 6}, 7)}, 1e-5F);
}

TEST(Fusion, ValuesUsedTwiceStay) {
  const auto w = variable("w", random_tensor({9, 4}, 2)), b = variable("b", random_tensor({4}, 3));
  const auto body = [&](Tensors x) -> List {
    const auto y = bias_add(matmul(x[0], w), b);
    return {unary("Relu", y), y};
  };
  const auto f = compile({floats({None, 9})}, body);
  expect_equals_eager(*f, body, {random_tensor({3, 9})}, 1e-5F);
}

}  // namespace
}  // namespace hornbeam::graph
