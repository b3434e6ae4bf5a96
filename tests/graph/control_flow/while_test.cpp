// While: eager and traced, with captures, variables, growing shapes and bounded turns.
#include <gtest/gtest.h>

#include "graph/gradients.h"
#include "graph/test_functions.h"
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"

namespace hornbeam::graph {
namespace {

using Vars = std::vector<Tensor>;

Tensor number(std::int32_t value) { return Tensor::scalar(value); }

// x -> tanh(x w + b), n times.
Vars repeat(const Tensor& n, const Tensor& x, const Tensor& w, const Variable& b) {
  return ops::while_loop([&](const Vars& v) { return ops::less(v[0], n); },
                         [&](const Vars& v) -> Vars {
                           return {v[0] + 1, ops::tanh(ops::matmul(v[1], w) + Tensor(b))};
                         },
                         {number(0), x});
}

TEST(While, TracedEqualsEager) {
  const auto b = variable("b", random_tensor({4}, 3));
  const TraceBody body = [&](std::span<const Tensor> a) { return repeat(a[0], a[1], a[2], b); };
  const auto f = trace("f", std::vector<TensorSpec>{{DType::int32, {}}, floats({None, 4}), floats({4, 4})}, body);
  EXPECT_EQ(f->graph.spec(f->results[1]).shape, (Shape{None, 4}));
  const Executable compiled(f);
  for (const int n : {0, 1, 2, 7}) {
    expect_equals_eager(compiled, body, {number(n), random_tensor({3, 4}, 1), random_tensor({4, 4}, 2)});
  }
  expect_equals_eager(compiled, body, {number(3), random_tensor({5, 4}, 4), random_tensor({4, 4}, 5)});
  b->assign(random_tensor({4}, 6));
  expect_equals_eager(compiled, body, {number(3), random_tensor({5, 4}, 4), random_tensor({4, 4}, 5)});
}

// One that is written in each turn and read after the loop only.
TEST(While, VariablesMayBeWrittenOnly) {
  const TraceBody body = [](std::span<const Tensor> a) {
    return ops::while_loop(
        [&](const Vars& v) { return ops::less(v[0], a[0]); },
        [](const Vars& v) -> Vars {
          return {v[0] + 1, ops::cast(v[0], DType::float32) + ops::zeros_like(v[2]), v[2] * 2, v[2] + 0.5};
        },
        {number(0), a[1], a[2], a[1]});
  };
  const auto compiled = compile({{DType::int32, {}}, floats({2}), floats({2})}, body);
  for (const int n : {0, 1, 2, 3}) {
    expect_equals_eager(*compiled, body,
                        {number(n), Tensor::from<float>({2}, {7, 8}), Tensor::from<float>({2}, {1, 3})});
  }
}

// Loop variables that change places: each turn sees all of the one before.
TEST(While, VariablesMayBeExchanged) {
  const TraceBody body = [](std::span<const Tensor> a) {
    return ops::while_loop([&](const Vars& v) { return ops::less(v[0], a[0]); },
                           [](const Vars& v) -> Vars {
                             return {v[0] + 1, v[2], v[1] + v[2], v[3]};
                           },
                           {number(0), a[1], a[2], a[1]});
  };
  const auto compiled = compile({{DType::int32, {}}, floats({2}), floats({2})}, body);
  for (const int n : {0, 1, 2, 5, 10}) {
    expect_equals_eager(*compiled, body,
                        {number(n), Tensor::from<float>({2}, {0, 1}), Tensor::from<float>({2}, {1, 1})});
  }
}

TEST(While, ShapesMayGrowWhereInvariantsSaySo) {
  const TraceBody body = [](std::span<const Tensor> a) {
    return ops::while_loop([&](const Vars& v) { return ops::less(v[0], a[0]); },
                           [](const Vars& v) -> Vars {
                             return {v[0] + 1, ops::concat({v[1], v[1] * 2}, 0)};
                           },
                           {number(0), a[1]}, {.shape_invariants = {{}, {None}}});
  };
  const auto compiled = compile({{DType::int32, {}}, floats({2})}, body);
  for (const int n : {0, 1, 3}) expect_equals_eager(*compiled, body, {number(n), Tensor::from<float>({2}, {1, 2})});
}

TEST(While, ErrorsAreTensorFlows) {
  const auto message = [](const Vars& start, const std::function<Vars(const Vars&)>& next,
                          const ops::WhileOptions& options = {}) -> std::string {
    try {
      trace("f", std::vector<TensorSpec>{floats({2})}, [&](std::span<const Tensor> a) {
        auto vars = start;
        vars.push_back(a[0]);
        return ops::while_loop([](const Vars&) { return Tensor::scalar(true); }, next, vars, options);
      });
    } catch (const Error& e) {
      return e.report();
    }
    return "";
  };
  EXPECT_EQ(message({}, [](const Vars& v) -> Vars { return {ops::cast(v[0], DType::int32)}; }),
            "TypeError: Loop var 0 enters the loop with type float32 but has type int32 after 1 iteration.");
  EXPECT_EQ(message({},
                    [](const Vars& v) -> Vars {
                      return {ops::concat({v[0], v[0]}, 0)};
                    }),
            "ValueError: Input tensor '0' enters the loop with shape (2,), but has shape (4,) after one iteration. To "
            "allow the shape to vary across iterations, use the `shape_invariants` argument of while_loop to specify a "
            "less-specific shape.");
  EXPECT_NE(message({}, [](const Vars&) -> Vars { return {}; }), "");
  EXPECT_NE(message({}, [](const Vars& v) { return v; }, {.shape_invariants = {Shape{}, Shape{}}}), "");
  EXPECT_NE(message({}, [](const Vars& v) { return v; }, {.shape_invariants = {Shape{3}}}), "");
  EXPECT_EQ(message({}, [](const Vars& v) { return v; }), "");
}

TEST(While, MaximumIterations) {
  const TraceBody body = [](std::span<const Tensor> a) {
    return ops::while_loop([](const Vars& v) { return ops::less(v[0], 100.0F); },
                           [](const Vars& v) -> Vars { return {v[0] * 2}; }, {a[0]}, {.maximum_iterations = 3});
  };
  const auto compiled = compile({floats({})}, body);
  expect_equals_eager(*compiled, body, {Tensor::scalar(1.0F)});
  expect_equals_eager(*compiled, body, {Tensor::scalar(60.0F)});
  const auto one = Tensor::scalar(1.0F);
  EXPECT_EQ(compiled->run(std::span(&one, 1))[0].item<float>(), 8.0F);
}

// A turn sees what the turn before wrote, also where the body reads first.
TEST(While, VariablesAreReadAndWrittenInTurns) {
  const auto v = variable("v", Tensor::scalar(1.0F));
  const auto f = trace("f", std::vector<TensorSpec>{{DType::int32, {}}}, [&](std::span<const Tensor> a) -> Vars {
    const auto before = Tensor(v) + 0.0F;
    const auto results = ops::while_loop([&](const Vars& x) { return ops::less(x[0], a[0]); },
                                         [&](const Vars& x) -> Vars {
                                           const auto now = Tensor(v);
                                           assign(v, now * 2);
                                           return {x[0] + 1, x[1] + now};
                                         },
                                         {number(0), Tensor::scalar(0.0F)});
    return {before, results[1], Tensor(v) + 0.0F};
  });
  const Executable compiled(f);
  const auto n = number(3);
  auto results = compiled.run(std::span(&n, 1));
  EXPECT_EQ(results[0].item<float>(), 1);
  EXPECT_EQ(results[1].item<float>(), 1 + 2 + 4);
  EXPECT_EQ(results[2].item<float>(), 8);
  EXPECT_EQ(v->value().item<float>(), 8);
  results = compiled.run(std::span(&n, 1));
  EXPECT_EQ(results[1].item<float>(), 8 + 16 + 32);
  EXPECT_EQ(results[2].item<float>(), 64);
}

// What the function around the loop writes before it, the loop reads.
TEST(While, ReadsWhatWasWrittenBefore) {
  const auto v = variable("v", Tensor::from<float>({2}, {1, 2}));
  const auto f = trace("f", std::vector<TensorSpec>{floats({2})}, [&](std::span<const Tensor> a) -> Vars {
    assign(v, a[0]);
    return ops::while_loop([](const Vars& x) { return ops::less(x[0], 2); },
                           [&](const Vars& x) -> Vars {
                             return {x[0] + 1, x[1] + Tensor(v)};
                           },
                           {number(0), Tensor::from<float>({2}, {0, 0})});
  });
  const Executable compiled(f);
  for (const float k : {1.0F, 5.0F}) {
    const auto x = Tensor::from<float>({2}, {k, -k});
    expect_same(compiled.run(std::span(&x, 1))[1], x * 2);
  }
}

TEST(While, LoopsInLoops) {
  const TraceBody body = [](std::span<const Tensor> a) {
    return ops::while_loop([](const Vars& v) { return ops::less(v[0], 3); },
                           [&](const Vars& v) -> Vars {
                             const auto inner = ops::while_loop([&](const Vars& w) { return ops::less(w[0], v[0]); },
                                                                [&](const Vars& w) -> Vars {
                                                                  return {w[0] + 1, w[1] * a[0] + v[1]};
                                                                },
                                                                {number(0), v[1]});
                             return {v[0] + 1, inner[1] + 1.0F};
                           },
                           {number(0), a[0]});
  };
  const auto compiled = compile({floats({3})}, body);
  expect_equals_eager(*compiled, body, {Tensor::from<float>({3}, {1, 0.5F, -1})});
}

TEST(While, WithoutVariables) {
  const auto v = variable("v", Tensor::scalar(0.0F));
  const auto f = trace("f", {}, [&](std::span<const Tensor>) -> Vars {
    ops::while_loop([&](const Vars&) { return ops::less(Tensor(v), 5.0F); },
                    [&](const Vars&) -> Vars {
                      assign(v, Tensor(v) + 1.0F);
                      return {};
                    },
                    {});
    return {Tensor(v) + 0.0F};
  });
  const Executable compiled(f);
  EXPECT_EQ(compiled.run({})[0].item<float>(), 5);
}

TEST(While, ADroppedLoopWithoutEffectsIsNotRun) {
  const auto f = trace("f", std::vector<TensorSpec>{floats({2})}, [&](std::span<const Tensor> a) -> Vars {
    ops::while_loop([](const Vars&) { return Tensor::scalar(true); }, [](const Vars& v) { return v; }, {a[0]});
    return {a[0] * 2};
  });
  const Executable compiled(f);
  const auto x = Tensor::from<float>({2}, {1, 2});
  expect_same(compiled.run(std::span(&x, 1))[0], x * 2);
}

// What a recurrent layer's loop looks like: (x, w) -> all steps, and d sum(steps) / dw when asked for.
std::shared_ptr<const Function> steps_in_lists(const Shape& x_shape, bool with_gradient) {
  const auto row = Tensor::from<std::int32_t>({2}, {-1, 3});
  const Attrs attrs{{"element_dtype", DType::float64}};
  const std::vector<TensorSpec> specs{{DType::float64, x_shape}, {DType::float64, {3, 3}}};
  return trace("f", specs, [&](std::span<const Tensor> a) -> Vars {
    const auto shape = ops::shape(a[0]);
    const auto n = ops::gather(shape, number(0)), batch = ops::gather(shape, number(1));
    const auto inputs = call_op1("TensorListFromTensor", {a[0], row}, attrs);
    const auto outputs = call_op1("TensorListReserve", {row, n}, attrs);
    const auto zeros = ops::fill(ops::stack({batch, number(3)}, 0), Tensor::scalar(0.0));
    const auto ends = ops::while_loop([&](const Vars& v) { return ops::less(v[0], n); },
                                      [&](const Vars& v) -> Vars {
                                        const auto x = call_op1("TensorListGetItem", {inputs, v[0], row}, attrs);
                                        const auto h = ops::tanh(x + ops::matmul(v[2], a[1]));
                                        return {v[0] + 1, call_op1("TensorListSetItem", {v[1], v[0], h}, attrs), h};
                                      },
                                      {number(0), outputs, zeros});
    const auto y = call_op1("TensorListStack", {ends[1], row}, attrs);
    if (!with_gradient) return {y};
    return {y, gradients(ops::reduce_sum(y), {a[1]})[0]};
  });
}
Vars of_steps_in_lists() {
  return {ops::cast(random_tensor({4, 2, 3}, 1), DType::float64), ops::cast(random_tensor({3, 3}, 2), DType::float64)};
}

TEST(While, ListsCarryGradients) {
  const Executable compiled(steps_in_lists({None, None, 3}, true));
  const auto inputs = of_steps_in_lists();
  const auto expected = compiled.run(inputs);
  // The gradient, by differences.
  const double step = 1e-5;
  for (std::size_t at = 0; at < 9; ++at) {
    const auto sum = [&](double d) {
      auto w = Tensor::from<double>({3, 3}, inputs[1].data<double>());
      w.mutable_data<double>()[at] += d;
      return ops::reduce_sum(compiled.run(Vars{inputs[0], w})[0]).item<double>();
    };
    EXPECT_NEAR((sum(step) - sum(-step)) / (2 * step), expected[1].data<double>()[at], 1e-7);
  }
}

// Runs without the interpreter, which run_into would not do.
TEST(While, LoopsWithListsArePlanned) {
  const auto inputs = of_steps_in_lists();
  for (const Shape& shape : {Shape{4, 2, 3}, Shape{None, None, 3}}) {
    const Executable compiled(steps_in_lists(shape, false));
    Vars outputs{Tensor::empty(DType::float64, {4, 2, 3})};
    compiled.run_into(inputs, outputs);
    expect_same(outputs[0], compiled.run(inputs)[0]);
  }
}

// A gradient of a gradient: the loop that goes back is differentiated in its turn.
TEST(While, SecondDerivatives) {
  const TraceBody body = [](std::span<const Tensor> a) -> Vars {
    const auto cubed = ops::while_loop([&](const Vars& v) { return ops::less(v[0], a[1]); },
                                       [&](const Vars& v) -> Vars {
                                         return {v[0] + 1, v[1] * a[0]};
                                       },
                                       {number(0), a[0]})[1];
    const auto first = gradients(ops::reduce_sum(cubed), {a[0]})[0];
    return {cubed, first, gradients(ops::reduce_sum(first), {a[0]})[0]};
  };
  const auto compiled = compile({floats({2}), {DType::int32, {}}}, body);
  const Vars inputs{Tensor::from<float>({2}, {2, -3}), number(3)};
  const auto results = compiled->run(inputs);
  expect_same(results[0], Tensor::from<float>({2}, {16, 81}), 1e-6F);
  expect_same(results[1], Tensor::from<float>({2}, {32, -108}), 1e-6F);
  expect_same(results[2], Tensor::from<float>({2}, {48, 108}), 1e-6F);
}

// Gradients of variables that are read inside a loop and a branch.
TEST(While, GradientsReachVariables) {
  const auto v = variable("v", Tensor::from<float>({2}, {0.5F, -2}));
  const auto f =
      trace("f", std::vector<TensorSpec>{floats({2}), {DType::boolean, {}}}, [&](std::span<const Tensor> a) -> Vars {
        const auto y = ops::while_loop([](const Vars& x) { return ops::less(x[0], 3); },
                                       [&](const Vars& x) -> Vars {
                                         return {x[0] + 1, ops::cond(
                                                               a[1], [&]() -> Vars { return {x[1] * Tensor(v)}; },
                                                               [&]() -> Vars { return {x[1] + Tensor(v)}; })[0]};
                                       },
                                       {number(0), a[0]})[1];
        return {y, gradients(ops::reduce_sum(y), {v})[0]};
      });
  const Executable compiled(f);
  const auto x = Tensor::from<float>({2}, {1, 3});
  auto results = compiled.run(Vars{x, Tensor::scalar(true)});
  expect_same(results[0], Tensor::from<float>({2}, {0.125F, -24}), 1e-6F);
  expect_same(results[1], Tensor::from<float>({2}, {0.75F, 36}), 1e-6F);
  results = compiled.run(Vars{x, Tensor::scalar(false)});
  expect_same(results[1], Tensor::from<float>({2}, {3, 3}), 1e-6F);
}

}  // namespace
}  // namespace hornbeam::graph
