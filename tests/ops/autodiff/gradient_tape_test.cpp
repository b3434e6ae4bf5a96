#include "hornbeam/gradient_tape.hpp"

#include <gmock/gmock.h>

#include "hornbeam/ops.hpp"
#include "ops/gradient.h"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor floats(std::initializer_list<float> values) {
  return Tensor::from<float>({static_cast<std::int64_t>(values.size())}, values);
}
std::vector<float> values(const Tensor& t) { return {t.data<float>().begin(), t.data<float>().end()}; }
Variable variable(const char* name, const Tensor& value, bool trainable = true) {
  return std::make_shared<VariableNode>(name, value, trainable);
}

TEST(GradientTape, WatchedTensor) {
  const auto x = floats({1, 2, 3});
  GradientTape tape;
  tape.watch(x);
  const auto y = ops::square(x);
  EXPECT_THAT(values(tape.gradient(y, x)), ElementsAre(2, 4, 6));
}

TEST(GradientTape, WhatIsNotWatchedHasNone) {
  const auto x = floats({1, 2}), z = floats({3, 4});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const auto y = ops::reduce_sum(x * z);
  EXPECT_FALSE(tape.gradient(y, z).defined());
  EXPECT_THAT(values(tape.gradient(y, z, {.unconnected_gradients = UnconnectedGradients::zero})), ElementsAre(0, 0));
  EXPECT_THAT(values(tape.gradient(y, x)), ElementsAre(3, 4));
  EXPECT_THAT(values(tape.gradient(x, x)), ElementsAre(1, 1));
}

TEST(GradientTape, TrainableVariablesAreWatchedWhenRead) {
  const auto w = variable("w", floats({2, 3})), frozen = variable("frozen", floats({5, 7}), false);
  GradientTape tape({.persistent = true});
  const auto loss = ops::reduce_sum(Tensor(w) * Tensor(w) * Tensor(frozen));
  const auto gradients = tape.gradient(loss, {w, frozen});
  EXPECT_THAT(values(gradients[0]), ElementsAre(20, 42));  // both reads
  EXPECT_FALSE(gradients[1].defined());
  EXPECT_EQ(tape.watched_variables(), std::vector<Variable>{w});
}

TEST(GradientTape, VariablesMayBeLeftUnwatched) {
  const auto w = variable("w", floats({2})), v = variable("v", floats({3}), false);
  GradientTape tape({.watch_accessed_variables = false});
  tape.watch(v);
  const auto loss = Tensor(w) * Tensor(v);
  const auto gradients = tape.gradient(loss, {w, v});
  EXPECT_FALSE(gradients[0].defined());
  EXPECT_THAT(values(gradients[1]), ElementsAre(2));
}

TEST(GradientTape, AnAssignedResultIsNoWayAroundTheVariable) {
  const auto w = variable("w", floats({2})), x = variable("x", floats({3}));
  GradientTape tape({.persistent = true});
  w->assign(Tensor(x) * 2);
  const auto y = Tensor(w) * Tensor(w);
  EXPECT_FALSE(tape.gradient(y, x).defined());
  EXPECT_THAT(values(tape.gradient(y, w)), ElementsAre(12));
}

TEST(GradientTape, OutputGradientsAndSeveralTargets) {
  const auto x = floats({1, 2});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const auto y = x * 3, z = ops::square(x);
  EXPECT_THAT(values(tape.gradient({y, z}, {x})[0]), ElementsAre(5, 7));
  const auto weighted = tape.gradient({y, z}, {x}, {.output_gradients = {floats({1, 10}), Tensor()}});
  EXPECT_THAT(values(weighted[0]), ElementsAre(5, 34));
  EXPECT_THROW(tape.gradient({y, z}, {x}, {.output_gradients = {floats({1, 1})}}), ValueError);
}

TEST(GradientTape, IntermediateValuesAreSources) {
  const auto x = floats({3});
  GradientTape tape;
  tape.watch(x);
  const auto y = ops::square(x), z = ops::square(y);
  const auto gradients = tape.gradient(z, {y, x});
  EXPECT_THAT(values(gradients[0]), ElementsAre(18));
  EXPECT_THAT(values(gradients[1]), ElementsAre(108));
}

TEST(GradientTape, AskedTwice) {
  const auto x = floats({1});
  GradientTape tape;
  tape.watch(x);
  const auto y = x * 2;
  tape.gradient(y, x);
  try {
    tape.gradient(y, x);
    FAIL() << "a tape that is not persistent answered twice";
  } catch (const RuntimeError& e) {
    EXPECT_THAT(e.what(), HasSubstr("A non-persistent GradientTape can only be used to compute one set of gradients"));
  }
}

TEST(GradientTape, NestedTapesGiveSecondDerivatives) {
  const auto x = floats({2, 3});
  GradientTape outer;
  outer.watch(x);
  Tensor first;
  {
    GradientTape inner;
    inner.watch(x);
    first = inner.gradient(x * x * x, x);
  }
  EXPECT_THAT(values(first), ElementsAre(12, 27));
  EXPECT_THAT(values(outer.gradient(first, x)), ElementsAre(12, 18));
}

TEST(GradientTape, APersistentTapeDifferentiatesItsOwnGradients) {
  const auto x = floats({2});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const auto first = tape.gradient(x * x * x, x);
  EXPECT_THAT(values(tape.gradient(first, x)), ElementsAre(12));
}

TEST(GradientTape, StopAndPause) {
  const auto x = floats({2});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const auto recorded = x * x;
  Tensor unrecorded;
  {
    const auto pause = tape.stop_recording();
    unrecorded = x * x;
  }
  EXPECT_FALSE(tape.gradient(unrecorded, x).defined());
  EXPECT_TRUE(tape.gradient(recorded, x).defined());
  EXPECT_TRUE(tape.gradient(x * 3, x).defined());
  tape.stop();
  EXPECT_FALSE(tape.gradient(x * 3, x).defined());
  EXPECT_TRUE(tape.gradient(recorded, x).defined());
}

TEST(GradientTape, ResetForgets) {
  const auto x = floats({2});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const auto y = x * x;
  tape.reset();
  EXPECT_FALSE(tape.gradient(y, x).defined());
}

TEST(GradientTape, StopGradientAndIntegers) {
  const auto x = floats({2});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const auto y = x * ops::stop_gradient(x);
  EXPECT_THAT(values(tape.gradient(y, x)), ElementsAre(2));
  const auto through_ints = ops::cast(ops::cast(x, DType::int32), DType::float32);
  EXPECT_FALSE(tape.gradient(through_ints, x).defined());
  EXPECT_FALSE(tape.gradient(ops::floor(x), x).defined());
}

TEST(GradientTape, OpsWithoutGradientAreNamed) {
  static const bool registered = [] {
    add_op(
        OpDef("TapeTestDouble")
            .input("x: T")
            .output("y: T")
            .attr("T: type")
            .shape([](const ShapeContext& c) -> std::vector<Shape> { return {c.shape(0)}; })
            .dynamic([](const Attrs&, std::span<const Tensor> in) -> std::vector<Tensor> { return {in[0] + in[0]}; }));
    return true;
  }();
  ASSERT_TRUE(registered);
  const auto x = floats({2});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const auto y = call_op1("TapeTestDouble", {x});
  try {
    tape.gradient(y, x);
    FAIL() << "an op without gradient was differentiated";
  } catch (const LookupError& e) {
    EXPECT_THAT(e.what(), HasSubstr("No gradient defined for operation 'TapeTestDouble' (op type: TapeTestDouble)"));
  }
  EXPECT_NO_THROW(tape.gradient(x * x, x));
  EXPECT_THROW(tape.gradient(call_op1("PreventGradient", {x}, {{"message", std::string("no")}}), x), LookupError);
}

}  // namespace
}  // namespace hornbeam
