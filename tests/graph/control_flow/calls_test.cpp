// Calls of functions: inlined, bounded, refused when the function is not there.
#include <gtest/gtest.h>

#include "graph/callee.h"
#include "graph/test_functions.h"

namespace hornbeam::graph {
namespace {

const std::vector<TensorSpec> kArguments{floats({2})};

Tensor called(const FunctionAttr& f, const Tensor& x) {
  return call_op1("PartitionedCall", {x}, {{"f", f}, {"Tout", std::vector{DType::float32}}});
}

// x -> callee(... callee(x)) * x, or x * x.
FunctionAttr squares(const std::string& name, const FunctionAttr& callee = {}, int times = 1) {
  const auto f = trace(name, kArguments, [&](std::span<const Tensor> x) {
    auto other = x[0];
    for (int i = 0; callee.body && i < times; ++i) other = called(callee, other);
    return std::vector<Tensor>{call_op1("Mul", {other, x[0]})};
  });
  return {name, std::make_shared<const Callee>(*f)};
}

Tensor two() { return Tensor::from<float>({2}, {2, 3}); }

TEST(Calls, AreRunEagerlyAndInlined) {
  const auto b = squares("b", squares("a"));
  expect_same(called(b, two()), Tensor::from<float>({2}, {8, 27}));
  const auto c = trace("c", kArguments, [&](std::span<const Tensor> x) {
    return std::vector<Tensor>{call_op1("Mul", {called(b, x[0]), x[0]})};
  });
  const auto x = two();
  expect_same(Executable(c).run(std::vector<Tensor>{x})[0], Tensor::from<float>({2}, {16, 81}));
}

TEST(Calls, DeepOnesAreRefused) {
  auto f = squares("f0");
  for (int i = 1; i < Callee::kMaxDepth; ++i) f = squares("f" + std::to_string(i), f);
  EXPECT_THROW(squares("one more", f), ValueError);
}

// Forty functions, each calling the one before twice: a million million nodes.
TEST(Calls, WhatGrowsWithoutEndIsRefused) {
  auto f = squares("f0");
  for (int i = 1; i < 40; ++i) f = squares("f" + std::to_string(i), f, 2);
  const auto main =
      trace("main", kArguments, [&](std::span<const Tensor> x) { return std::vector<Tensor>{called(f, x[0])}; });
  EXPECT_THROW(Executable{main}, ValueError);
}

TEST(Calls, FunctionsThatWereNotLookedUpAreNotRun) {
  const auto x = two();
  EXPECT_THROW(called({"nobody", nullptr}, x), NotImplementedError);
}

}  // namespace
}  // namespace hornbeam::graph
