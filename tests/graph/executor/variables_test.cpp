// Functions that write variables.
#include "graph/variables.h"

#include <gmock/gmock.h>

#include "graph/executor.h"
#include "graph/test_functions.h"

namespace hornbeam::graph {
namespace {

using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;
using testing::ElementsAre;

Tensor add(const Tensor& a, const Tensor& b) { return call_op1("AddV2", {a, b}); }
Tensor mul(const Tensor& a, const Tensor& b) { return call_op1("Mul", {a, b}); }
void assign_add(const Variable& v, const Tensor& x) {
  const Tensor inputs[] = {x};
  update_variables("AssignAddVariableOp", std::span(&v, 1), inputs);
}
Tensor two(float a, float b) { return Tensor::from<float>({2}, {a, b}); }

TEST(WrittenVariables, ReadsSeeWhatWasWrittenBeforeThem) {
  const auto v = variable("v", two(1, 2));
  const auto f = compile({floats({2})}, [&](Tensors x) -> List {
    const Tensor before = v;
    assign_add(v, x[0]);
    const Tensor between = v;
    assign(v, mul(between, between));
    return {add(before, x[0]), between, Tensor(v), before};
  });
  const auto results = f->run(List{two(10, 20)});
  EXPECT_THAT(results[0].data<float>(), ElementsAre(11, 22));
  EXPECT_THAT(results[1].data<float>(), ElementsAre(11, 22));
  EXPECT_THAT(results[2].data<float>(), ElementsAre(121, 484));
  EXPECT_THAT(results[3].data<float>(), ElementsAre(1, 2));
  EXPECT_THAT(v->value().data<float>(), ElementsAre(121, 484));
  EXPECT_THAT(f->run(List{two(0, 0)})[0].data<float>(), ElementsAre(121, 484));
}

TEST(WrittenVariables, AValueHeldElsewhereStays) {
  const auto v = variable("v", two(1, 2));
  const auto f = compile({floats({2})}, [&](Tensors x) -> List {
    assign_add(v, x[0]);
    return {x[0]};
  });
  const Tensor kept = v->value();
  const auto version = v->version();
  f->run(List{two(1, 1)});
  EXPECT_THAT(kept.data<float>(), ElementsAre(1, 2));
  EXPECT_THAT(v->value().data<float>(), ElementsAre(2, 3));
  EXPECT_GT(v->version(), version);
  v->assign(two(5, 5));
  f->run(List{two(1, 1)});
  EXPECT_THAT(v->value().data<float>(), ElementsAre(6, 6));
}

TEST(WrittenVariables, OthersAndNumbersMayChangeBetweenRuns) {
  const auto v = variable("v", two(0, 0)), rate = variable("rate", Tensor::from<float>({1}, {2.0F})),
             frozen = variable("frozen", two(3, 4));
  const auto f = compile({floats({2})}, [&](Tensors x) -> List {
    assign_add(v, mul(rate, mul(frozen, x[0])));
    return {x[0]};
  });
  f->run(List{two(1, 1)});
  EXPECT_THAT(v->value().data<float>(), ElementsAre(6, 8));
  rate->assign(Tensor::from<float>({1}, {10.0F}));
  frozen->assign(two(1, 1));
  f->run(List{two(1, 1)});
  EXPECT_THAT(v->value().data<float>(), ElementsAre(16, 18));
}

TEST(WrittenVariables, InterpretedFunctionsWriteToo) {
  const auto v = variable("v", two(1, 2));
  const auto f = compile({floats({2})}, [&](Tensors x) -> List {
    const Tensor before = v;
    assign_add(v, x[0]);
    // The shape of Where's result depends on values.
    return {call_op1("Where", {call_op1("Greater", {before, x[0]})}), before, Tensor(v)};
  });
  const auto results = f->run(List{two(0, 5)});
  EXPECT_EQ(results[0].shape(), Shape({1, 1}));
  EXPECT_THAT(results[1].data<float>(), ElementsAre(1, 2));
  EXPECT_THAT(results[2].data<float>(), ElementsAre(1, 7));
}

TEST(WrittenVariables, WrongShapesAreRefused) {
  const auto v = variable("v", two(1, 2));
  EXPECT_THROW(compile({floats({3})},
                       [&](Tensors x) -> List {
                         assign(v, x[0]);
                         return {x[0]};
                       }),
               ValueError);
  const auto f = compile({floats({None})}, [&](Tensors x) -> List {
    assign(v, x[0]);
    return {x[0]};
  });
  EXPECT_THROW(f->run(List{Tensor::zeros(DType::float32, {3})}), InvalidArgumentError);
  EXPECT_THAT(v->value().data<float>(), ElementsAre(1, 2));
}

TEST(WrittenVariables, WritingOutsideOfATraceIsRefused) {
  const auto v = variable("v", two(1, 2));
  EXPECT_THROW(assign_add(v, two(1, 1)), RuntimeError);
  assign(v, two(3, 3));
  EXPECT_THAT(v->value().data<float>(), ElementsAre(3, 3));
}

}  // namespace
}  // namespace hornbeam::graph
