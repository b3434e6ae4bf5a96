// The table of TensorFlow's ops once more, traced into a function with unknown dims and run compiled.
#include "ops/op_table.h"

#include <gtest/gtest.h>

#include "graph/executor.h"
#include "graph/function.h"

namespace hornbeam {
namespace {

// Inputs that say how (shapes, axes, paddings), which graphs mostly hold as constants.
bool says_how(const testing::OpCase& c, std::size_t i) {
  const auto& t = c.inputs[i];
  return (t.dtype() == DType::int32 || t.dtype() == DType::int64) && t.rank() <= 2 && (i > 0 || c.inputs.size() == 1);
}

// What differs when the inputs that `is_constant` does not name are arguments of unknown dims; empty when nothing does.
template <class Fn>
std::string traced_difference(const testing::OpCase& c, Fn&& is_constant) {
  std::vector<TensorSpec> specs;
  std::vector<Tensor> arguments;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    if (is_constant(i)) continue;
    arguments.push_back(c.inputs[i]);
    specs.push_back({c.inputs[i].dtype(), Shape(std::vector<std::int64_t>(c.inputs[i].rank(), None))});
  }
  std::string wrong_shapes;
  const auto function = graph::trace("case", specs, [&](std::span<const Tensor> symbolic) {
    std::vector<Tensor> inputs;
    std::size_t next = 0;
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      inputs.push_back(is_constant(i) ? c.inputs[i] : symbolic[next++]);
    }
    auto outputs = call_op(c.op, inputs, c.attrs);
    for (std::size_t i = 0; i < outputs.size() && i < c.outputs.size(); ++i) {
      if (!outputs[i].shape().is_compatible_with(c.outputs[i].shape())) {
        wrong_shapes += c.op + " " + c.name + ": traced as " + outputs[i].shape().to_string() + ", is " +
                        c.outputs[i].shape().to_string() + "; ";
      }
    }
    return outputs;
  });
  return wrong_shapes + testing::difference(c, graph::Executable(function).run(arguments));
}

class TracedOpTable : public ::testing::TestWithParam<std::string> {};

TEST_P(TracedOpTable, CompiledYieldsWhatTensorFlowDoes) {
  for (const auto& c : testing::recorded_cases(GetParam())) {
    try {
      EXPECT_EQ(traced_difference(c, [&](std::size_t i) { return says_how(c, i); }), "");
    } catch (const Error& e) {
      ADD_FAILURE() << c.op << " " << c.name << " (" << c.note << "): " << e.report();
    }
  }
}

TEST_P(TracedOpTable, EveryInputMayBeComputed) {
  for (const auto& c : testing::recorded_cases(GetParam())) {
    try {
      EXPECT_EQ(traced_difference(c, [](std::size_t) { return false; }), "");
    } catch (const Error& e) {
      ADD_FAILURE() << c.op << " " << c.name << " (" << c.note << "): " << e.report();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, TracedOpTable, ::testing::ValuesIn(testing::recorded_ops()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace hornbeam
