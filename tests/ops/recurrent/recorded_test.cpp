// What Keras's recurrent layers gave: outputs, last states and gradients.
#include "hornbeam/gradient_tape.hpp"
#include "ops/recurrent/recorded_calls.h"

namespace hornbeam {
namespace {

using testing_support::expect_near;
using testing_support::RecurrentCalls;

class RecordedRecurrent : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedRecurrent, FusedOpsGiveIt) {
  const RecurrentCalls recorded(GetParam());
  for (const auto& row : recorded.rows.as_list()) {
    SCOPED_TRACE(row.dump());
    const auto call = recorded.call(row);
    const std::vector<Tensor> sources(call.inputs.begin(),
                                      call.inputs.begin() + static_cast<std::ptrdiff_t>(call.sources));
    GradientTape tape;
    tape.watch(sources);
    const auto outputs = call_op(call.op, call.inputs, call.attrs);
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
      expect_near(outputs[i], call.outputs[i], "output " + std::to_string(i));
    }
    const std::vector<Tensor> targets(outputs.begin(),
                                      outputs.begin() + static_cast<std::ptrdiff_t>(call.outputs.size()));
    const auto found = tape.gradient(targets, sources, {.output_gradients = call.seeds});
    ASSERT_EQ(found.size(), call.gradients.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      expect_near(found[i], call.gradients[i], "gradient " + std::to_string(i));
    }
  }
  EXPECT_GT(recorded.rows.size(), 80U);
}

INSTANTIATE_TEST_SUITE_P(Producers, RecordedRecurrent, ::testing::Values("tf-2.2.3", "tf-2.15.1", "keras-3.15.1"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (auto& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

}  // namespace
}  // namespace hornbeam
