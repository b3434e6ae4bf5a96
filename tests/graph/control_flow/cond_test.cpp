// If and Case: eager and traced, with captures, variables, and branches of different shapes.
#include <gtest/gtest.h>

#include "graph/callee.h"
#include "graph/control_flow/trace_called.h"
#include "graph/test_functions.h"
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "tensor/resource.h"

namespace hornbeam::graph {
namespace {

using Vars = std::vector<Tensor>;

Tensor yes(bool value) { return Tensor::scalar<bool>(value); }
Tensor three() { return Tensor::from<float>({3}, {1, 2, 3}); }

TEST(Cond, EagerRunsTheBranchThatIsChosen) {
  int runs = 0;
  const auto result = ops::cond(
      yes(true), [&]() -> Vars { return {three() * 2}; },
      [&]() -> Vars {
        ++runs;
        return {three()};
      });
  expect_same(result[0], Tensor::from<float>({3}, {2, 4, 6}));
  EXPECT_EQ(runs, 0);
}

// Both branches use what is outside of them, and one a variable.
Vars choose(std::span<const Tensor> a, const Variable& v) {
  const auto x = a[1], y = x * 3;
  return ops::cond(
      a[0],
      [&]() -> Vars {
        return {x + y, Tensor(v) * 2};
      },
      [&]() -> Vars {
        return {y - 1, Tensor::from<float>({2}, {7, 8})};
      });
}

TEST(Cond, TracedIsOneOpThatChoosesAtRunTime) {
  const auto v = variable("v", Tensor::from<float>({2}, {1, 2}));
  const TraceBody body = [&](std::span<const Tensor> a) { return choose(a, v); };
  const auto f = trace("f", std::vector<TensorSpec>{{DType::boolean, {}}, floats({None})}, body);
  int ifs = 0;
  for (const auto& node : f->graph.nodes) ifs += node.op->calls == CallKind::branches;
  EXPECT_EQ(ifs, 1);
  EXPECT_EQ(f->graph.spec(f->results[0]).shape, Shape{None});
  EXPECT_EQ(f->graph.spec(f->results[1]).shape, Shape{2});
  const Executable compiled(f);
  expect_equals_eager(compiled, body, {yes(true), three()});
  expect_equals_eager(compiled, body, {yes(false), three()});
  v->assign(Tensor::from<float>({2}, {5, 6}));
  expect_equals_eager(compiled, body, {yes(true), three()});
}

TEST(Cond, StatelessWhenTheBranchesAre) {
  const auto v = variable("v", Tensor::scalar(1.0F));
  const auto op_of = [](const Function& f) {
    for (const auto& node : f.graph.nodes) {
      if (node.op->calls != CallKind::none) return node.op->name;
    }
    return std::string();
  };
  const std::vector<TensorSpec> args{{DType::boolean, {}}, floats({3})};
  EXPECT_EQ(op_of(*trace("f", args,
                         [](std::span<const Tensor> a) {
                           return ops::cond(
                               a[0], [&]() -> Vars { return {a[1]}; }, [&]() -> Vars { return {a[1] * 2}; });
                         })),
            "StatelessIf");
  EXPECT_EQ(op_of(*trace("f", args,
                         [&](std::span<const Tensor> a) {
                           return ops::cond(
                               a[0],
                               [&]() -> Vars {
                                 assign(v, Tensor::scalar(2.0F));
                                 return {a[1]};
                               },
                               [&]() -> Vars { return {a[1] * 2}; });
                         })),
            "If");
}

TEST(Cond, BranchesMayDifferInShape) {
  const TraceBody body = [](std::span<const Tensor> a) {
    return ops::cond(
        a[0], [&]() -> Vars { return {ops::slice(a[1], {0}, {1})}; }, [&]() -> Vars { return {a[1]}; });
  };
  const auto f = trace("f", std::vector<TensorSpec>{{DType::boolean, {}}, floats({3})}, body);
  EXPECT_EQ(f->graph.spec(f->results[0]).shape, Shape{None});
  const Executable compiled(f);
  expect_equals_eager(compiled, body, {yes(true), three()});
  expect_equals_eager(compiled, body, {yes(false), three()});
}

TEST(Cond, OnlyTheChosenBranchWritesVariables) {
  const auto v = variable("v", Tensor::scalar(1.0F));
  const auto f = trace("f", std::vector<TensorSpec>{{DType::boolean, {}}}, [&](std::span<const Tensor> a) -> Vars {
    const auto before = Tensor(v) * 1;
    ops::cond(
        a[0],
        [&]() -> Vars {
          assign(v, Tensor(v) + 1);
          return {};
        },
        []() -> Vars { return {}; });
    return {before, Tensor(v) * 1};
  });
  const Executable compiled(f);
  const auto run = [&](bool condition) {
    const Tensor input = yes(condition);
    const auto results = compiled.run(std::span(&input, 1));
    return std::pair(results[0].item<float>(), results[1].item<float>());
  };
  EXPECT_EQ(run(false), std::pair(1.0F, 1.0F));
  EXPECT_EQ(run(true), std::pair(1.0F, 2.0F));
  EXPECT_EQ(run(true), std::pair(2.0F, 3.0F));
  EXPECT_EQ(v->value().item<float>(), 3.0F);
}

TEST(Cond, NestsAndCapturesThroughLevels) {
  const TraceBody body = [](std::span<const Tensor> a) {
    const auto x = a[2];
    return ops::cond(
        a[0],
        [&] {
          const auto y = x + 1;
          return ops::cond(
              a[1], [&]() -> Vars { return {x * y}; }, [&]() -> Vars { return {x - y}; });
        },
        [&]() -> Vars { return {x}; });
  };
  const auto compiled = compile({{DType::boolean, {}}, {DType::boolean, {}}, floats({3})}, body);
  for (const bool p : {true, false}) {
    for (const bool q : {true, false}) expect_equals_eager(*compiled, body, {yes(p), yes(q), three()});
  }
}

TEST(Cond, WhatTheBranchesGiveMustAgree) {
  const std::vector<TensorSpec> args{{DType::boolean, {}}, floats({3})};
  const auto message = [&](const ops::Branch& other) -> std::string {
    try {
      trace("f", args, [&](std::span<const Tensor> a) {
        return ops::cond(
            a[0], [&]() -> Vars { return {a[1]}; }, other);
      });
    } catch (const TypeError& e) {
      return e.what();
    }
    return "";
  };
  const std::string words =
      "true_fn and false_fn arguments to tf.cond must have the same number, type, and overall structure of return "
      "values";
  EXPECT_TRUE(message([]() -> Vars { return {}; }).starts_with(words));
  EXPECT_TRUE(message([]() -> Vars { return {Tensor::scalar<std::int32_t>(1)}; }).starts_with(words));
}

TEST(Cond, AnyScalarIsACondition) {
  const TraceBody body = [](std::span<const Tensor> a) {
    return ops::cond(
        a[0], [&]() -> Vars { return {Tensor::scalar(1.0F)}; }, [&]() -> Vars { return {Tensor::scalar(0.0F)}; });
  };
  const auto compiled = compile({floats({None})}, body);
  expect_equals_eager(*compiled, body, {Tensor::from<float>({1}, {2})});
  expect_equals_eager(*compiled, body, {Tensor::from<float>({1}, {0})});
  const auto two = Tensor::from<float>({2}, {1, 1});
  EXPECT_THROW(compiled->run(std::span(&two, 1)), InvalidArgumentError);
  EXPECT_THROW(body(std::span(&two, 1)), ValueError);
}

TEST(SwitchCase, TakesTheLastForOtherIndices) {
  const TraceBody body = [](std::span<const Tensor> a) {
    std::vector<ops::Branch> branches;
    for (int i = 0; i < 3; ++i) branches.push_back([&a, i]() -> Vars { return {a[1] * static_cast<float>(i)}; });
    return ops::switch_case(a[0], branches);
  };
  const auto compiled = compile({{DType::int32, {}}, floats({3})}, body);
  for (const std::int32_t i : {-1, 0, 1, 2, 3, 100}) {
    expect_equals_eager(*compiled, body, {Tensor::scalar(i), three()});
    const Tensor inputs[] = {Tensor::scalar(i), three()};
    const float factor = i < 0 || i > 2 ? 2.0F : static_cast<float>(i);
    expect_same(compiled->run(inputs)[0], three() * factor);
  }
  EXPECT_THROW(ops::switch_case(Tensor::scalar<std::int32_t>(0), {}), ValueError);
  EXPECT_THROW(ops::switch_case(Tensor::scalar<std::int64_t>(0), {[]() -> Vars { return {}; }}), TypeError);
}

TEST(CaseOf, TakesTheFirstThatIsTrue) {
  const TraceBody body = [](std::span<const Tensor> a) {
    return ops::case_of({{a[0], [&]() -> Vars { return {a[2]}; }}, {a[1], [&]() -> Vars { return {a[2] * 2}; }}},
                        [&]() -> Vars { return {a[2] * 3}; });
  };
  const auto compiled = compile({{DType::boolean, {}}, {DType::boolean, {}}, floats({3})}, body);
  for (const bool p : {true, false}) {
    for (const bool q : {true, false}) {
      expect_equals_eager(*compiled, body, {yes(p), yes(q), three()});
      const float factor = p ? 1.0F : q ? 2.0F : 3.0F;
      const Tensor inputs[] = {yes(p), yes(q), three()};
      expect_same(compiled->run(inputs)[0], three() * factor);
    }
  }
  EXPECT_THROW(ops::case_of({{yes(false), []() -> Vars { return {}; }}}), InvalidArgumentError);
  EXPECT_THROW(ops::case_of({}), ValueError);
}

// The op itself, eagerly and with a resource among its inputs.
TEST(IfOp, RunsOnConcreteTensors) {
  const auto v = variable("v", three());
  FunctionAttr then_branch, else_branch;
  trace("outer", std::vector<TensorSpec>{floats({3})}, [&](std::span<const Tensor> a) -> Vars {
    const auto outer = tracer_for(a, "test");
    std::vector<CalledTrace> traces;
    traces.push_back(trace_called("yes", outer, {}, [&](std::span<const Tensor>) -> Vars {
      assign(v, a[0]);
      return {Tensor(v) * 2};
    }));
    traces.push_back(trace_called("no", outer, {}, [&](std::span<const Tensor>) -> Vars { return {a[0]}; }));
    align_captures(traces, 0);
    then_branch = function_attr(std::move(traces[0].function));
    else_branch = function_attr(std::move(traces[1].function));
    return {};
  });
  const auto x = Tensor::from<float>({3}, {4, 5, 6});
  const auto run = [&](bool condition) {
    return call_op1(
        "If", {yes(condition), x, resource_tensor(v)},
        {{"then_branch", then_branch}, {"else_branch", else_branch}, {"Tout", std::vector{DType::float32}}});
  };
  expect_same(run(false), x);
  expect_same(v->value(), three());
  expect_same(run(true), x * 2);
  expect_same(v->value(), x);
}

}  // namespace
}  // namespace hornbeam::graph
