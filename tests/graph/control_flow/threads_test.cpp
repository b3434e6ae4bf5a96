// One compiled loop, run by several threads at once.
#include <gtest/gtest.h>

#include <thread>

#include "graph/test_functions.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"

namespace hornbeam::graph {
namespace {

using Vars = std::vector<Tensor>;

// Sums of x's rows so far, by a loop with lists in it and a condition.
Vars sums(std::span<const Tensor> a) {
  const auto row = Tensor::from<std::int32_t>({1}, {3});
  const Attrs attrs{{"element_dtype", DType::float32}};
  const auto n = ops::gather(ops::shape(a[0]), Tensor::scalar<std::int32_t>(0));
  const auto inputs = call_op1("TensorListFromTensor", {a[0], row}, attrs);
  const auto ends = ops::while_loop(
      [&](const Vars& v) { return ops::less(v[0], n); },
      [&](const Vars& v) -> Vars {
        const auto x = call_op1("TensorListGetItem", {inputs, v[0], row}, attrs);
        const auto next = ops::cond(
            ops::equal(ops::mod(v[0], Tensor::scalar<std::int32_t>(2)), Tensor::scalar<std::int32_t>(0)),
            [&]() -> Vars { return {v[2] + x}; }, [&]() -> Vars { return {v[2] - x}; })[0];
        return {v[0] + 1, call_op1("TensorListSetItem", {v[1], v[0], next}, attrs), next};
      },
      {Tensor::scalar<std::int32_t>(0), call_op1("TensorListReserve", {row, n}, attrs),
       Tensor::zeros(DType::float32, {3})});
  return {call_op1("TensorListStack", {ends[1], row}, attrs)};
}

TEST(ControlFlowThreads, ShareOneExecutable) {
  const auto compiled = compile({floats({None, 3})}, sums);
  std::vector<Tensor> inputs, expected;
  for (std::int64_t rows = 1; rows <= 12; ++rows) {
    inputs.push_back(random_tensor({rows, 3}, static_cast<unsigned>(rows)));
    expected.push_back(compiled->run({{inputs.back()}})[0]);
    expect_same(expected.back(), sums({{inputs.back()}})[0], 1e-6F);
  }
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 200; ++i) {
          const auto at = (i * (t + 1) + i / 5) % inputs.size();
          const auto y = compiled->run({{inputs[at]}})[0];
          wrong[t] +=
              y.shape() != expected[at].shape() || std::memcmp(y.raw(), expected[at].raw(), expected[at].bytes()) != 0;
        }
      });
    }
  }
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace hornbeam::graph
