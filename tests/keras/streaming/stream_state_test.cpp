// Streams as values, and steps that do not fit.
#include "keras/streaming/helpers.h"

namespace hornbeam::streaming_test {
namespace {

using StreamStates = EngineTest;

TEST_F(StreamStates, AreCopiedMovedResetAndSet) {
  const auto model = Sequential({Input({None, 2}), GRU(3)});
  const auto x = floats({1, 2}, {0.5F, -1});
  auto state = model->make_state();
  EXPECT_EQ(state.batch(), 1);
  const auto first = values_of(model->step(x, state));
  auto copy = state;
  const auto second = values_of(model->step(x, state));
  EXPECT_NE(first, second);
  EXPECT_EQ(values_of(model->step(x, copy)), second);
  copy = state;
  const auto remembered = state.values();
  const auto third = values_of(model->step(x, copy));
  EXPECT_EQ(values_of(state.values().at(0)), second);  // a step of the copy is not one of the original

  auto moved = std::move(copy);
  moved.reset();
  EXPECT_EQ(values_of(model->step(x, moved)), first);
  moved.set_values(remembered);
  EXPECT_EQ(values_of(model->step(x, moved)), third);
  moved = model->make_state();
  EXPECT_EQ(values_of(model->step(x, moved)), first);
}

TEST_F(StreamStates, TakeOnlyWhatFits) {
  const auto model = Sequential({Input({None, 2}), LSTM(3)});
  auto state = model->make_state();
  EXPECT_EQ(message_of<ValueError>([&] {
              state.set_values({floats({1, 3}, {0, 0, 0})});
            }),
            "the stream has 2 states, received 1 values");
  const auto fits = floats({1, 3}, {7, 7, 7});
  EXPECT_EQ(message_of<ValueError>([&] {
              state.set_values({fits, floats({1, 2}, {0, 0})});
            }),
            "state 1 of the stream is float32 of shape (1, 3), received <Tensor shape=(1, 2) dtype=float32 [0.000000, "
            "0.000000]>");
  EXPECT_EQ(values_of(state.values().at(0)), std::vector<float>(3));  // nothing was set
}

TEST_F(StreamStates, OutputsBelongToTheState) {
  const auto model = Sequential({Input({None, 1}), SimpleRNN(1)});
  auto one = model->make_state(), other = model->make_state();
  const auto x = floats({1, 1}, {1});
  const auto y = model->step(x, one).tensor();
  const auto value = values_of(y);
  model->step(floats({1, 1}, {-1}), other);
  EXPECT_EQ(values_of(y), value);
  model->step(floats({1, 1}, {-1}), one);
  EXPECT_NE(values_of(y), value);
  EXPECT_EQ(x.impl().use_count(), 1);  // nothing is kept of what was given
}

TEST_F(StreamStates, StepsThatDoNotFit) {
  const auto a = Input({None, 2}, {.name = "a"}), b = Input({None, 3}, {.name = "b"});
  const auto model = Functional(Values{a, b}, GRU(2, {.name = "gru"})(Concatenate()({a, b})), {.name = "m"});
  auto state = model->make_state();
  const auto right_a = floats({1, 2}, {1, 2}), right_b = floats({1, 3}, {1, 2, 3});
  const auto text = [&](const Values& x) { return message_of<ValueError>([&] { model->step(x, state); }); };
  EXPECT_EQ(text(right_a), "Model 'm', streamed: a step takes 2 inputs, received 1");
  EXPECT_EQ(text({right_a, right_b, right_b}), "Model 'm', streamed: a step takes 2 inputs, received 3");
  EXPECT_EQ(text(Values{{"a", right_a}}), "Model 'm', streamed: missing data for input \"b\".");
  EXPECT_TRUE(
      text({right_a, floats({1, 1, 3}, {1, 2, 3})})
          .starts_with("Model 'm', streamed: a step of input \"b\" is float32 of shape (1, 3), received <Tensor "
                       "shape=(1, 1, 3)"));
  EXPECT_TRUE(text({right_a, Tensor::zeros(DType::float64, {1, 3})})
                  .ends_with("received <Tensor shape=(1, 3) dtype=float64 [0.000000, 0.000000, 0.000000]>"));
  EXPECT_EQ(values_of(state.values().at(0)), std::vector<float>(2));

  const auto list = values_of(model->step({right_a, right_b}, state));
  state.reset();
  EXPECT_EQ(values_of(model->step(Values{{"b", right_b}, {"a", right_a}}, state)), list);

  const auto twin = models::clone_model(*model);
  EXPECT_EQ(message_of<ValueError>([&] {
              twin->step({right_a, right_b}, state);
            }),
            "the state was made by model 'm', not by 'm', which is to take the step: each model makes its own "
            "(make_state).");
  EXPECT_THROW(model->make_state(0), ValueError);
}

// A step that an op refuses leaves the stream where it was.
TEST_F(StreamStates, ErrorsOfOpsPassThrough) {
  const auto model = Sequential({Input({None}, {.dtype = "int32"}), Embedding(4, 2), GRU(2)});
  const auto word = [](std::int32_t id) { return Tensor::from<std::int32_t>({1}, {id}); };
  auto state = model->make_state();
  model->step(word(1), state);
  auto copy = state;
  EXPECT_THROW(model->step(word(4), state), InvalidArgumentError);
  const auto expected = values_of(model->step(word(2), copy));
  EXPECT_EQ(values_of(model->step(word(2), state)), expected);
}

}  // namespace
}  // namespace hornbeam::streaming_test
