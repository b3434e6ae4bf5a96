// Transposed, depthwise and locally connected convolutions and ConvLSTM against what real Keras computed.
#include "keras/layers/recorded_row.h"
#include "keras/serialization/dialect_write.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

class RecordedConvLayers : public testing::TestWithParam<const char*> {
 protected:
  template <class Check>
  void each(const Check& check) {
    const Recorded recorded("conv_layers", GetParam());
    ASSERT_GT(recorded.json.at("rows").as_list().size(), 50U);
    for (const auto& config : recorded.json.at("rows").as_list()) {
      Row row(recorded, config);
      SCOPED_TRACE(row.name);
      row.set_weights();
      check(row);
      if (HasFatalFailure()) return;
    }
  }
};

TEST_P(RecordedConvLayers, OutputsAndGradients) {
  each([](Row& row) { expect_outputs_and_gradients(row); });
}

TEST_P(RecordedConvLayers, InModels) {
  each([](Row& row) { expect_outputs_in_a_model(row); });
}

// Of inputs whose size nobody knows; locally connected layers and stateful ones refuse them.
TEST_P(RecordedConvLayers, InModelsOfAnySize) {
  int count = 0;
  each([&](Row& row) {
    if (row.layer->class_name().starts_with("LocallyConnected") || row.layer->stateful()) return;
    if (row.layer->get_config().at("data_format") == Config("channels_first")) return;
    row.layer = layers::deserialize(row.recorded_layer());
    expect_outputs_in_a_model(row, /*any_size=*/true);
    ++count;
  });
  EXPECT_GT(count, 20);
}

// Written as that Keras writes them, to the letter.
TEST_P(RecordedConvLayers, Configs) {
  each([&](Row& row) {
    const auto layer = layers::deserialize(row.recorded_layer());
    const auto written = to_dialect(*layer, {.target = row.target(), .v3_objects = row.target() != Target::tf22});
    EXPECT_EQ(written.at("config").dump(), row.recorded_layer().at("config").dump());
  });
}

INSTANTIATE_TEST_SUITE_P(Keras, RecordedConvLayers, testing::ValuesIn(kProducers));

}  // namespace
