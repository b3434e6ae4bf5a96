// Every op TensorFlow was recorded with, run eagerly on the recorded inputs.
#include "ops/op_table.h"

#include <gtest/gtest.h>

namespace hornbeam {
namespace {

const std::string kData = HORNBEAM_TEST_DATA "/ops";

class OpTable : public ::testing::TestWithParam<std::string> {};

TEST_P(OpTable, EagerYieldsWhatTensorFlowDoes) {
  ASSERT_TRUE(find_op(GetParam())) << GetParam() << " is recorded but not in the registry";
  for (const auto& c : testing::recorded_cases(kData, GetParam())) {
    try {
      EXPECT_EQ(testing::difference(c, call_op(c.op, c.inputs, c.attrs)), "");
    } catch (const Error& e) {
      ADD_FAILURE() << c.op << " " << c.name << " (" << c.note << "): " << e.report();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, OpTable, ::testing::ValuesIn(testing::recorded_ops(kData)),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace hornbeam
