// Control flow and lists of tensors against what TensorFlow yields (tools/record/record_control_flow.py): values and
// gradients, eagerly (a tape records the steps), and compiled, with dims known and unknown.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "graph/gradients.h"
#include "graph/test_functions.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "support/test_data.h"

namespace hornbeam::graph {
namespace {

using Vars = std::vector<Tensor>;
using Case = std::function<Tensor(const Vars&)>;

Tensor number(std::int32_t value) { return Tensor::scalar(value); }

Vars repeat(const Tensor& n, const Vars& start, const std::function<Vars(const Tensor&, const Vars&)>& body,
            std::vector<Shape> invariants = {}) {
  Vars vars{number(0)};
  vars.insert(vars.end(), start.begin(), start.end());
  if (!invariants.empty()) invariants.insert(invariants.begin(), Shape{});
  auto results = ops::while_loop([&](const Vars& v) { return ops::less(v[0], n); },
                                 [&](const Vars& v) {
                                   auto next = body(v[0], {v.begin() + 1, v.end()});
                                   next.insert(next.begin(), v[0] + number(1));
                                   return next;
                                 },
                                 vars, {.shape_invariants = std::move(invariants)});
  results.erase(results.begin());
  return results;
}

Tensor loop(const Tensor& n, const Tensor& x, const Tensor& w, const Tensor& b) {
  return repeat(n, {x}, [&](const Tensor&, const Vars& v) -> Vars { return {ops::tanh(ops::matmul(v[0], w) + b)}; })[0];
}

Tensor cond1(const Tensor& p, const std::function<Tensor()>& yes, const std::function<Tensor()>& no) {
  return ops::cond(
      p, [&]() -> Vars { return {yes()}; }, [&]() -> Vars { return {no()}; })[0];
}

// ---- lists ----

const Attrs kFloats{{"element_dtype", DType::float32}};
Tensor dims(const std::vector<std::int64_t>& d) {
  std::vector<std::int32_t> values(d.begin(), d.end());
  return Tensor::from<std::int32_t>({static_cast<std::int64_t>(d.size())}, values);
}
Tensor reserve(std::int32_t n, const std::vector<std::int64_t>& shape = {3}) {
  return call_op1("TensorListReserve", {dims(shape), number(n)}, kFloats);
}
Tensor put(const Tensor& list, const Tensor& index, const Tensor& item) {
  return call_op1("TensorListSetItem", {list, index, item});
}
Tensor get(const Tensor& list, const Tensor& index, const std::vector<std::int64_t>& shape = {3}) {
  return call_op1("TensorListGetItem", {list, index, dims(shape)}, kFloats);
}
Tensor stacked(const Tensor& list, const std::vector<std::int64_t>& shape = {3}, std::int64_t n = -1) {
  auto attrs = kFloats;
  attrs.set("num_elements", n);
  return call_op1("TensorListStack", {list, dims(shape)}, attrs);
}

Tensor recurrent(const Vars& a) {
  const auto steps = ops::gather(ops::shape(a[0]), number(0));
  const auto inputs = call_op1("TensorListFromTensor", {a[0], dims({-1, 3})});
  const auto outputs = call_op1("TensorListReserve", {dims({-1, 4}), steps}, kFloats);
  const auto ends = repeat(steps, {outputs, a[3]}, [&](const Tensor& t, const Vars& v) -> Vars {
    const auto h = ops::tanh(ops::matmul(get(inputs, t, {-1, 3}), a[1]) + ops::matmul(v[1], a[2]));
    return {put(v[0], t, h), h};
  });
  return ops::concat({ops::reshape(stacked(ends[0], {-1, 4}), Shape{None}), ops::reshape(ends[1], Shape{None})}, 0);
}

Tensor push_pop(const Vars& a) {
  auto list = call_op1("EmptyTensorList", {dims({-1}), number(-1)}, kFloats);
  for (const auto& t : {a[0], a[1], a[0] * a[1]}) list = call_op1("TensorListPushBack", {list, t});
  const auto popped = call_op("TensorListPopBack", {list, dims({-1})}, kFloats);
  return popped[1] * 2 + stacked(popped[0], {3}, 2);
}

Tensor set_get(const Vars& a) {
  auto list = put(reserve(4), number(1), a[0]);
  list = put(put(list, number(3), a[0] * a[1]), number(1), a[1]);
  const auto got = get(list, number(3));
  return got * got + get(list, number(0)) + stacked(list);
}

Tensor gather_scatter(const Vars& a) {
  auto list = call_op1("TensorListScatterV2", {a[0], dims({3, 0}), dims({3}), number(5)});
  list = call_op1("TensorListScatterIntoExistingList", {list, a[0] * a[0], dims({1, 3})});
  return call_op1("TensorListGather", {list, dims({3, 2, 0, 3, 1}), dims({3})}, kFloats);
}

Tensor resize(const Vars& a) {
  const auto list = put(put(reserve(2), number(0), a[0]), number(1), a[1]);
  const auto more = call_op1("TensorListResize", {list, number(3)});
  const auto less = call_op1("TensorListResize", {list, number(1)});
  return ops::concat({stacked(more) * 2, stacked(less)}, 0);
}

Tensor concat_split(const Vars& a) {
  const auto list = call_op1("TensorListSplit", {a[0], dims({-1, 3}), Tensor::from<std::int64_t>({3}, {1, 0, 1})});
  const auto both = call_op("TensorListConcatV2", {list, dims({-1, 3}), Tensor::from<std::int64_t>({0}, {})}, kFloats);
  return both[0] * both[0] * ops::cast(ops::reduce_sum(both[1]), DType::float32);
}

Tensor lengths(const Vars& a) {
  const auto list = call_op1("TensorListFromTensor", {a[0], dims({-1})});
  const auto shape = call_op1("TensorListElementShape", {list}, {{"shape_type", DType::int32}});
  return a[0] * ops::cast(call_op1("TensorListLength", {list}) + ops::reduce_sum(shape), DType::float32);
}

const std::map<std::string, Case>& cases() {
  static const Case cond = [](const Vars& a) {
    return cond1(
        a[0], [&] { return ops::tanh(a[1] * a[2]) * a[1]; }, [&] { return a[1] - a[2] * a[2]; });
  };
  static const Case choose = [](const Vars& a) {
    return ops::switch_case(a[0], {[&]() -> Vars { return {a[1] * a[1]}; }, [&]() -> Vars { return {ops::exp(a[1])}; },
                                   [&]() -> Vars { return {ops::sin(a[1]) * 2}; }})[0];
  };
  static const Case looped = [](const Vars& a) { return loop(a[0], a[1], a[2], a[3]); };
  static const Case loop_in_cond = [](const Vars& a) {
    return cond1(
        a[0],
        [&] {
          return loop(a[1], a[2], a[3], ops::reshape(ops::slice(a[2], {0, 0}, {1, 3}), Shape{3}));
        },
        [&] { return a[2] * 2; });
  };
  static const std::map<std::string, Case> all{
      {"cond_true", cond},
      {"cond_false", cond},
      {"switch_0", choose},
      {"switch_1", choose},
      {"switch_9", choose},
      {"loop_0", looped},
      {"loop_1", looped},
      {"loop_4", looped},
      {"exchange",
       [](const Vars& a) {
         return repeat(a[0], {a[1], a[2]}, [](const Tensor&, const Vars& v) -> Vars { return {v[1], v[0] * v[1]}; })[1];
       }},
      {"grow",
       [](const Vars& a) {
         return repeat(a[0], {a[1]},
                       [&](const Tensor&, const Vars& v) -> Vars {
                         return {ops::concat({v[0], v[0] * a[2]}, 0)};
                       },
                       {{None}})[0];
       }},
      {"nested",
       [](const Vars& a) {
         return repeat(a[0], {a[1]}, [&](const Tensor& i, const Vars& y) -> Vars {
           const auto inner =
               repeat(i, {y[0]}, [&](const Tensor&, const Vars& z) -> Vars { return {ops::sin(z[0] * a[2]) + y[0]}; });
           return {inner[0] * a[1]};
         })[0];
       }},
      {"cond_in_loop",
       [](const Vars& a) {
         return repeat(a[0], {a[1]}, [&](const Tensor& i, const Vars& y) -> Vars {
           return {cond1(
               ops::equal(ops::mod(i, number(2)), number(0)), [&] { return ops::tanh(y[0] * a[2]); },
               [&] { return y[0] + a[1] * y[0]; })};
         })[0];
       }},
      {"loop_in_cond_true", loop_in_cond},
      {"loop_in_cond_false", loop_in_cond},
      {"until",
       [](const Vars& a) {
         return ops::while_loop([](const Vars& y) { return ops::greater(ops::reduce_sum(ops::abs(y[0])), 0.1F); },
                                [](const Vars& y) -> Vars { return {y[0] * y[0] * 0.5F}; }, {a[0]})[0];
       }},
      {"bounded",
       [](const Vars& a) {
         return ops::while_loop([](const Vars&) { return Tensor::scalar(true); },
                                [](const Vars& y) -> Vars { return {ops::sin(y[0]) * y[0]}; }, {a[0]},
                                {.maximum_iterations = 3})[0];
       }},
      {"recurrent", recurrent},
      {"push_pop", push_pop},
      {"set_get", set_get},
      {"from_tensor",
       [](const Vars& a) {
         const auto list = call_op1("TensorListFromTensor", {a[0], dims({3})});
         return stacked(list, {-1}) * get(list, number(1));
       }},
      {"gather_scatter", gather_scatter},
      {"resize", resize},
      {"concat_split", concat_split},
      {"lengths", lengths},
  };
  return all;
}

struct Recorded {
  Vars inputs, gradients;
  Tensor output;
};

Recorded recorded(const std::string& name) {
  static const auto arrays = [] {
    std::map<std::string, Tensor> map;
    for (auto& [key, tensor] : load_npz(test_data("graph") + "/control_flow.npz")) map[key] = tensor;
    return map;
  }();
  Recorded r;
  r.output = arrays.at(name + "/output");
  for (int i = 0; arrays.count(name + "/input_" + std::to_string(i)); ++i) {
    r.inputs.push_back(arrays.at(name + "/input_" + std::to_string(i)));
  }
  for (int i = 0; arrays.count(name + "/gradient_" + std::to_string(i)); ++i) {
    r.gradients.push_back(arrays.at(name + "/gradient_" + std::to_string(i)));
  }
  return r;
}

Tensor loss_of(const Tensor& y) {
  const auto flat = ops::reshape(y, Shape{None});
  const auto n = ops::cast(ops::size(flat), DType::float32);
  const auto at = ops::range(Tensor::scalar(0.0F), n, Tensor::scalar(1.0F));
  return ops::reduce_sum(flat * ops::cos(at));
}

Vars float_inputs(const Vars& inputs) {
  Vars floats;
  for (const auto& t : inputs) {
    if (is_floating(t.dtype())) floats.push_back(t);
  }
  return floats;
}

void expect_recorded(const Recorded& r, const Tensor& output, const Vars& gradients) {
  expect_same(output, r.output, 2e-6F);
  ASSERT_EQ(gradients.size(), r.gradients.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    SCOPED_TRACE("gradient " + std::to_string(i));
    expect_same(gradients[i], r.gradients[i], 5e-6F);
  }
}

const GradientOptions kZeros{.unconnected_gradients = UnconnectedGradients::zero};

class ControlFlow : public ::testing::TestWithParam<std::string> {};

TEST_P(ControlFlow, EagerIsTensorFlows) {
  const auto r = recorded(GetParam());
  const auto sources = float_inputs(r.inputs);
  GradientTape tape;
  tape.watch(sources);
  const auto y = cases().at(GetParam())(r.inputs);
  const auto loss = loss_of(y);
  expect_recorded(r, y, tape.gradient(loss, sources, kZeros));
}

void expect_compiled(const std::string& name, bool known_dims, bool by_tape) {
  const auto r = recorded(name);
  std::vector<TensorSpec> specs;
  for (const auto& t : r.inputs) {
    specs.push_back({t.dtype(), known_dims ? t.shape() : Shape(std::vector<std::int64_t>(t.rank(), None))});
  }
  const auto f = trace(name, specs, [&](std::span<const Tensor> a) {
    const Vars inputs(a.begin(), a.end());
    const auto sources = float_inputs(inputs);
    Vars results, gradients;
    if (by_tape) {
      GradientTape tape;
      tape.watch(sources);
      results = {cases().at(name)(inputs)};
      gradients = tape.gradient(loss_of(results[0]), sources, kZeros);
    } else {
      results = {cases().at(name)(inputs)};
      gradients = graph::gradients(loss_of(results[0]), sources, kZeros);
    }
    results.insert(results.end(), gradients.begin(), gradients.end());
    return results;
  });
  const Executable compiled(f);
  for (int pass = 0; pass < 2; ++pass) {
    const auto results = compiled.run(r.inputs);
    expect_recorded(r, results[0], {results.begin() + 1, results.end()});
  }
}

TEST_P(ControlFlow, CompiledIsTensorFlows) { expect_compiled(GetParam(), true, false); }
TEST_P(ControlFlow, CompiledWithUnknownDims) { expect_compiled(GetParam(), false, false); }
TEST_P(ControlFlow, CompiledByATape) { expect_compiled(GetParam(), true, true); }

INSTANTIATE_TEST_SUITE_P(Recorded, ControlFlow, ::testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto& [name, body] : cases()) names.push_back(name);
                           return names;
                         }()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace hornbeam::graph
