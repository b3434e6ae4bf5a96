// Every op TensorFlow was recorded with, run eagerly on the recorded inputs.
#include "ops/op_table.h"

#include <gtest/gtest.h>

#include "ops/kernels/parallel.h"

namespace hornbeam {
namespace {

class OpTable : public ::testing::TestWithParam<std::string> {};

TEST_P(OpTable, EagerYieldsWhatTensorFlowDoes) {
  ASSERT_TRUE(find_op(GetParam())) << GetParam() << " is recorded but not in the registry";
  const kernels::DenormalsAreZero flush;  // as TensorFlow's threads and the executor do
  for (const auto& c : testing::recorded_cases(GetParam())) {
    try {
      EXPECT_EQ(testing::difference(c, call_op(c.op, c.inputs, c.attrs)), "");
    } catch (const Error& e) {
      ADD_FAILURE() << c.op << " " << c.name << " (" << c.note << "): " << e.report();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, OpTable, ::testing::ValuesIn(testing::recorded_ops()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace hornbeam
