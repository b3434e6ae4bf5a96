// Gradients of every op TensorFlow was recorded with, by a tape over eager calls; and who says what of gradients.
#include <gtest/gtest.h>

#include "hornbeam/gradient_tape.hpp"
#include "ops/kernels/parallel.h"
#include "ops/op_table.h"

namespace hornbeam {
namespace {

class GradientTable : public ::testing::TestWithParam<std::string> {};

// Gradients of all inputs: undefined for those that are no floats.
std::vector<Tensor> taped_gradients(const testing::OpCase& c) {
  GradientTape tape;
  for (const auto& input : c.inputs) tape.watch(input);
  const auto outputs = call_op(c.op, c.inputs, c.attrs);
  std::vector<Tensor> targets, seeds;
  for (std::size_t i = 0; i < c.output_gradients.size(); ++i) {
    if (!c.output_gradients[i].defined()) continue;
    targets.push_back(outputs.at(i));
    seeds.push_back(c.output_gradients[i]);
  }
  return tape.gradient(targets, c.inputs, {.output_gradients = seeds});
}

TEST_P(GradientTable, TapeYieldsWhatTensorFlowDoes) {
  const kernels::DenormalsAreZero flush;
  for (const auto& c : testing::recorded_gradients(GetParam())) {
    try {
      EXPECT_EQ(testing::gradient_difference(c, taped_gradients(c)), "");
    } catch (const Error& e) {
      ADD_FAILURE() << c.op << " " << c.name << " (" << c.note << "): " << e.report();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, GradientTable, ::testing::ValuesIn(testing::recorded_gradient_ops()),
                         [](const auto& test) { return test.param; });

TEST(OpRegistry, EveryOpHasAGradientOrSaysThatItHasNone) {
  for (const auto& name : op_names()) {
    if (name.starts_with("_Fused")) continue;    // the executor's: differentiation comes before
    if (name.starts_with("TapeTest")) continue;  // of a test
    const auto& op = get_op(name);
    EXPECT_NE(op.gradient_fn != nullptr, op.has_no_gradient) << name;
  }
}

}  // namespace
}  // namespace hornbeam
