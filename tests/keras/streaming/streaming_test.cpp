// One step at a time gives what the whole sequence gives.
#include "keras/streaming/helpers.h"

namespace hornbeam::streaming_test {
namespace {

using Streaming = EngineTest;

TEST_F(Streaming, RecurrentLayers) {
  const std::vector<LayerRef> layers = {
      SimpleRNN(4),
      SimpleRNN(4, {.activation = "relu", .use_bias = false, .return_sequences = true}),
      LSTM(5),
      LSTM(5, {.return_sequences = true}),
      LSTM(5, {.recurrent_activation = "hard_sigmoid", .return_sequences = true, .return_state = true}),
      GRU(6),
      GRU(6, {.return_sequences = true, .reset_after = false}),
      GRU(6, {.return_state = true}),
      GRU(3, {.activation = "elu", .return_sequences = true, .implementation = 1}),
      RNN(StackedRNNCells({LSTMCell(3), GRUCell(2)}), {.return_sequences = true}),
      layers::deserialize({{"class_name", "CuDNNLSTM"}, {"config", {{"units", 4}, {"return_sequences", true}}}}),
      layers::deserialize({{"class_name", "CuDNNGRU"}, {"config", {{"units", 4}}}}),
  };
  for (const auto& layer : layers) {
    SCOPED_TRACE(layer->name());
    const auto x = Input({None, 3});
    expect_streams(*Functional(x, layer(x)), noise({2, 7, 3}));
  }
}

TEST_F(Streaming, LayersThatTreatEachStepByItself) {
  const auto x = Input({None, 3}, {.name = "x"}), y = Input({None, 3}, {.name = "y"});
  Values a = Dense(4, {.activation = "softmax"})(x), b = TimeDistributed(Dense(4))(y);
  a = LSTM(4, {.return_sequences = true})(Dropout(0.5)(LayerNormalization()(a)));
  b = BatchNormalization()(LeakyReLU()(b));
  const auto sum = Add()({a, b}), both = Concatenate()({sum, a, Rescaling(2)(b)});
  const auto h = GRU(4, {.return_sequences = true})(SimpleRNN(4, {.return_sequences = true})(both));
  const auto last = Dense(2)(GRU(3)(h));
  const auto model = Functional(Values{{"x", x}, {"y", y}}, Values{{"all", Softmax()(h)}, {"last", last}});
  expect_streams(*model, Values{{"x", noise({3, 6, 3})}, {"y", noise({3, 6, 3}, 0.9)}});
}

TEST_F(Streaming, StepsOfSeveralDims) {
  const auto x = Input({None, 4, 5});
  const auto frames = TimeDistributed(Conv1D(3, 2))(x);
  expect_streams(*Functional(x, GRU(3, {.return_sequences = true})(TimeDistributed(Flatten())(frames))),
                 noise({2, 5, 4, 5}));
}

TEST_F(Streaming, ImagesInConvLSTM) {
  const auto x = Input({None, 4, 5, 2});
  const auto h = ConvLSTM2D(3, 2, {.padding = "same", .return_sequences = true})(x);
  expect_streams(*Functional(x, ConvLSTM2D(2, 2, {.strides = {2}, .return_state = true})(h)), noise({2, 5, 4, 5, 2}));
}

TEST_F(Streaming, CausalConvolutions) {
  const auto x = Input({None, 3});
  Values h = Conv1D(4, 3, {.padding = "causal", .activation = "relu"})(x);
  h = Conv1D(4, 2, {.padding = "causal", .dilation_rate = {4}})(h);
  h = SeparableConv1D(5, 4, {.padding = "causal"})(h);
  h = Conv1D(3, 1)(h);
  expect_streams(*Functional(x, h), noise({2, 12, 3}));
  expect_streams(*Functional(x, GRU(4)(h)), noise({1, 12, 3}));
}

TEST_F(Streaming, MasksWithinTheSequence) {
  auto data = noise({2, 6, 2});
  for (const std::size_t i : {0U, 1U, 4U, 5U, 10U, 11U, 12U, 13U}) data.mutable_data<float>()[i] = 0;
  for (const bool zero : {false, true}) {
    const auto x = Input({None, 2});
    const auto h = LSTM(3, {.return_sequences = true, .zero_output_for_mask = zero})(Masking()(x));
    const auto g = RNN(GRUCell(4), {.return_sequences = true, .zero_output_for_mask = zero})(h);
    expect_streams(*Functional(x, Values{h, g, SimpleRNN(2)(g)}), data);
  }
}

TEST_F(Streaming, WordsOneByOne) {
  const auto ids = Input({None}, {.dtype = "int32"});
  const auto h = LSTM(4, {.return_sequences = true})(Embedding(7, 3, {.mask_zero = true})(ids));
  const auto model = Functional(ids, Dense(7, {.activation = "softmax"})(h));
  expect_streams(*model, Tensor::from<std::int32_t>({2, 5}, {3, 1, 0, 6, 2, 0, 0, 4, 5, 1}));
}

TEST_F(Streaming, NestedModelsAndSharedLayersHaveStatesOfTheirOwn) {
  const auto inside = Sequential({Input({None, 2}), GRU(2, {.return_sequences = true}), Dense(2)});
  const auto shared = LSTM(2, {.return_sequences = true});
  const auto x = Input({None, 2});
  const auto once = inside(x), twice = inside(once);
  const auto model = Functional(x, Add()({shared(twice), shared(once)}));
  expect_streams(*model, noise({2, 6, 2}));
  EXPECT_EQ(model->make_state(2).values().size(), 6U);
}

// Inside TimeDistributed a recurrent layer sees whole sequences, one in each step.
TEST_F(Streaming, SequencesOfSequences) {
  const auto inner = LSTM(3);
  const auto x = Input({None, 4, 3});
  const auto h = GRU(3, {.return_sequences = true})(TimeDistributed(inner)(x));
  expect_streams(*Functional(x, Values{h, inner(h)}), noise({2, 5, 4, 3}));
}

// What follows the end of the sequence is made anew of the steps so far.
TEST_F(Streaming, AnythingAfterTheLastOutput) {
  const auto x = Input({None, 3});
  const auto decoded = Bidirectional(LSTM(2, {.return_sequences = true}))(RepeatVector(3)(GRU(4)(x)));
  expect_streams(*Functional(x, Flatten()(GRU(2, {.return_sequences = true})(decoded))), noise({2, 5, 3}));
}

TEST_F(Streaming, ModelsOfAFixedLength) {
  const auto model =
      Sequential({Input({6, 2}), Masking(), LSTM(3, {.return_sequences = true}), RNN(GRUCell(2), {.unroll = true})});
  const auto outer_input = Input({6, 2});
  const auto outer = Functional(outer_input, model(outer_input));
  const auto x = noise({2, 6, 2});
  for (const auto& m : {ModelRef(model), ModelRef(outer)}) {
    auto state = m->make_state(2);
    for (std::int64_t t = 0; t < 5; ++t) m->step(step_of(x, t), state);
    const auto want = m->predict(x).tensor();
    expect_values(m->step(step_of(x, 5), state), want.shape(), values_of(want));
  }
}

TEST_F(Streaming, StatefulModelsKeepTheirStates) {
  const auto model = Sequential({Input({None, 2}, {.batch_size = 1}), GRU(3, {.stateful = true})});
  const auto x = noise({1, 4, 2});
  const auto want = values_of(model->predict(x));
  const auto remembered = values_of(Tensor(std::static_pointer_cast<GRULayer>(model->layers()[0])->states()[0]));
  auto state = model->make_state();
  for (std::int64_t t = 0; t < 4; ++t) model->step(step_of(x, t), state);
  expect_values(state.values()[0], {1, 3}, want);
  EXPECT_EQ(values_of(Tensor(std::static_pointer_cast<GRULayer>(model->layers()[0])->states()[0])), remembered);
}

// What a stream remembers is of the compute dtype: between steps half floats are rounded (to 11 bits), which they are
// not inside of the kernel for whole sequences.
TEST_F(Streaming, OtherDtypes) {
  for (const std::string dtype : {"float64", "mixed_float16"}) {
    SCOPED_TRACE(dtype);
    const bool half = dtype == "mixed_float16";
    const auto x = Input({None, 2}, {.dtype = half ? "float32" : "float64"});
    const auto h = Conv1D(3, 2, {.padding = "causal", .dtype = dtype})(x);
    const auto model = Functional(x, LSTM(3, {.return_sequences = true, .dtype = dtype})(h));
    expect_streams(*model, ops::cast(noise({1, 5, 2}), x.dtype()), half ? 0x1p-11 : 1e-6);
  }
}

// A cell that adds what it is given to what it began with, which it learns.
class Sum final : public RNNCell {
 public:
  using RNNCell::RNNCell;
  std::vector<Shape> state_size() const override { return {{2}}; }
  void build(const Shape&) override { first_ = add_weight("first", {2}, {.initializer = "ones"}); }
  std::vector<Tensor> get_initial_state(const Tensor& batch, DType dtype) const override {
    const auto shape = ops::stack({batch, Tensor::scalar<std::int32_t>(2)});
    return {ops::broadcast_to(ops::cast(Tensor(first_), dtype), shape)};
  }
  CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext&) override {
    const auto sum = x.tensor() + states[0];
    return {sum, {sum}};
  }

 private:
  Variable first_;
};

TEST_F(Streaming, CellsOfYourOwnAndWeightsThatChange) {
  const auto x = Input({None, 2});
  const auto model = Functional(x, RNN(make<Sum>(LayerOptions{}))(x));
  const auto data = noise({2, 4, 2});
  expect_streams(*model, data);
  model->set_weights({floats({2}, {3, 4})});
  expect_streams(*model, data);
  auto state = model->make_state();
  model->step(floats({1, 2}, {1, 1}), state);
  expect_values(state.values()[0], {1, 2}, {4, 5});
  state.reset();
  expect_values(state.values()[0], {1, 2}, {3, 4});
}

TEST_F(Streaming, NewWeightsShowInTheNextStep) {
  const auto model = Sequential({Input({None, 1}), SimpleRNN(1, {.activation = "linear", .use_bias = false})});
  const auto one = floats({1, 1}, {1});
  const auto set = [&](float kernel, float recurrent) {
    model->set_weights({floats({1, 1}, {kernel}), floats({1, 1}, {recurrent})});
  };
  set(2, 1);
  auto state = model->make_state();
  EXPECT_EQ(model->step(one, state).tensor().item<float>(), 2);
  set(10, 3);
  EXPECT_EQ(model->step(one, state).tensor().item<float>(), 16);
}

}  // namespace
}  // namespace hornbeam::streaming_test
