// Recurrent layers and their wrappers against what real Keras computed: outputs, states and gradients.
#include <gtest/gtest.h>

#include "keras/layers/recorded_row.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

class RecordedRecurrent : public testing::TestWithParam<const char*> {
 protected:
  template <class Check>
  void each(const Check& check) {
    const Recorded recorded("recurrent", GetParam());
    for (const auto& config : recorded.json.at("rows").as_list()) {
      Row row(recorded, config);
      row.set_weights();
      check(row);
      if (HasFatalFailure()) return;
    }
  }
};

TEST_P(RecordedRecurrent, OutputsAndGradients) {
  each([](Row& row) { expect_outputs_and_gradients(row); });
}

// As a functional model, compiled.
TEST_P(RecordedRecurrent, InModels) {
  each([](Row& row) {
    if (row.options().training || row.is_set("time_major")) return;
    expect_outputs_in_a_model(row);
  });
}

INSTANTIATE_TEST_SUITE_P(Keras, RecordedRecurrent, testing::ValuesIn(kProducers));

}  // namespace
