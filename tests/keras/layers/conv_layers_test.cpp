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

// In training all but nothing is left of what is dropped: the layer acts as on an input of zeros, or as one whose
// states give nothing. At inference nothing is dropped.
TEST(ConvLSTM, Dropout) {
  constexpr double kAlmostAll = 1 - 1e-9;
  const auto x = ops::random_normal(Tensor::from<std::int32_t>({5}, {2, 3, 5, 4, 2}), DType::float32, 3);
  const auto zeros = ops::zeros_like(x);
  ConvLSTM2D plain(2, 3, {.padding = "same", .return_sequences = true});
  plain(x);
  const auto weights = plain->get_weights();
  auto no_states = weights;
  no_states[1] = ops::zeros_like(weights[1]);
  const auto with = [&](const std::vector<Tensor>& values, const ConvLSTMOptions& options, const Tensor& input,
                        bool training) {
    ConvLSTM2D layer(2, 3, options);
    layer(input);
    layer->set_weights(values);
    return layer(input, {.training = training}).tensor();
  };
  const ConvLSTMOptions none{.padding = "same", .return_sequences = true};
  auto inputs = none, states = none;
  inputs.dropout = kAlmostAll;
  states.recurrent_dropout = kAlmostAll;
  expect_close(with(weights, inputs, x, true), with(weights, none, zeros, false), 1e-6, 1e-6, "inputs");
  expect_close(with(weights, states, x, true), with(no_states, none, x, false), 1e-6, 1e-6, "states");
  expect_close(with(weights, inputs, x, false), with(weights, none, x, false), 1e-6, 1e-6, "inference");
}

// Sizes of files that a tensor cannot have are refused before anything is made of them.
TEST(ConvLayers, SizesThatCannotBeAreRefused) {
  const std::int64_t huge = std::int64_t{1} << 62;
  const auto on = [](const LayerRef& layer, const Shape& shape) { layer(Input(shape)); };
  EXPECT_THROW(Conv2DTranspose(1, huge), ValueError);
  EXPECT_THROW(Conv2DTranspose(1, 3, {.dilation_rate = {huge}}), ValueError);
  EXPECT_THROW(on(Conv2DTranspose(1, 3, {.strides = {huge}}), {4, 4, 1}), ValueError);
  EXPECT_THROW(on(Conv1DTranspose(1, 3, {.strides = {1 << 20}}), {1 << 20, 1}), ValueError);
  for (const std::int64_t implementation : {1, 2, 3}) {
    EXPECT_THROW(on(LocallyConnected1D(1, 3, {.implementation = implementation}), {huge, 1}), ValueError);
    EXPECT_THROW(on(LocallyConnected2D(1, 3, {.implementation = implementation}), {1 << 20, 1 << 20, 64}), ValueError);
  }
  EXPECT_NO_THROW(on(LocallyConnected1D(1, huge, {.padding = "same", .implementation = 3}), {5, 1}));
  EXPECT_THROW(on(ConvLSTM1D(1, huge), {2, 5, 1}), Error);
}

}  // namespace
