// What cannot be streamed is refused by name, with the reason.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/streaming/helpers.h"

namespace hornbeam::streaming_test {
namespace {

using Refusals = EngineTest;

std::string refusal_of(const ModelRef& model) {
  return message_of<ValueError>([&] { model->make_state(); });
}
std::string refusal_with(const LayerRef& layer, const Shape& shape = {8, 2}) {
  const auto x = Input(shape);
  return refusal_of(Functional(x, layer(x)));
}

class Reversed final : public LSTMLayer {
 public:
  using LSTMLayer::LSTMLayer;
  Values call(const Values& inputs, CallContext& context) override {
    return LSTMLayer::call(ops::reverse(inputs, {1}), context);
  }
};

class Own final : public Layer {
 public:
  using Layer::Layer;
  Values call(const Values& inputs, CallContext&) override { return inputs; }
};

TEST_F(Refusals, StepsThatAreToCome) {
  EXPECT_EQ(refusal_with(Bidirectional(LSTM(2), {.name = "both"})),
            "Layer 'both' (Bidirectional) cannot be streamed: one of its directions begins with the last step, which "
            "is yet to come.");
  EXPECT_EQ(refusal_with(GRU(2, {.go_backwards = true, .name = "back"})),
            "Layer 'back' (GRU) cannot be streamed: go_backwards begins with the last step, which is yet to come.");
  for (const std::string padding : {"valid", "same"}) {
    EXPECT_EQ(refusal_with(Conv1D(2, 3, {.padding = padding, .name = "conv"})),
              "Layer 'conv' (Conv1D) cannot be streamed: its padding is '" + padding +
                  "': its outputs depend on steps to come. Only convolutions with padding 'causal' wait for none.");
  }
}

TEST_F(Refusals, StepsThatAreMixedOrLeftOut) {
  const std::string unknown =
      " cannot be streamed: it is not known to treat each step of a sequence by itself. If it does, wrap it in "
      "TimeDistributed.";
  EXPECT_EQ(refusal_with(GlobalMaxPooling1D({.name = "pool"})), "Layer 'pool' (GlobalMaxPooling1D)" + unknown);
  EXPECT_EQ(refusal_with(Flatten({.name = "flat"})), "Layer 'flat' (Flatten)" + unknown);
  EXPECT_EQ(refusal_with(Softmax({.axis = {1}, .name = "soft"})), "Layer 'soft' (Softmax)" + unknown);
  EXPECT_EQ(refusal_with(LayerNormalization({.axis = {-2}, .name = "norm"})),
            "Layer 'norm' (LayerNormalization)" + unknown);
  EXPECT_EQ(refusal_with(LayerRef(make<Own>("own"))), "Layer 'own' (Own)" + unknown);
  EXPECT_EQ(refusal_with(Conv1D(2, 3, {.strides = {2}, .padding = "causal", .name = "conv"})),
            "Layer 'conv' (Conv1D) cannot be streamed: its strides are not 1: not every step gives an output.");
  const auto x = Input({None, 2});
  EXPECT_TRUE(refusal_of(Functional(x, ops::cumsum(x, 1))).ends_with(unknown));
}

TEST_F(Refusals, OtherFormsOfInputs) {
  EXPECT_TRUE(refusal_with(GRU(2, {.time_major = true})).ends_with("the time must be dim 1, after the batch."));
  EXPECT_TRUE(refusal_with(Dense(2), {5}).ends_with("its input has no dims after the batch and the time."));
  const auto x = Input({}, {.name = "scalars"});
  EXPECT_TRUE(refusal_of(Functional(x, Activation("relu")(x), {.name = "m"}))
                  .ends_with("cannot be streamed: its input of shape (None,) has no time axis."));
  EXPECT_TRUE(refusal_with(TimeDistributed(Dense(2)), {None, None, 3}).ends_with("leaves open how big a step is."));
}

TEST_F(Refusals, ClassesOfYourOwn) {
  const auto x = Input({None, 2});
  const auto layer = std::make_shared<Reversed>(2, LSTMOptions{.name = "reversed"});
  EXPECT_EQ(refusal_of(Functional(x, LayerRef(layer)(x))),
            "Layer 'reversed' (LSTM) cannot be streamed: it is a recurrent layer of your own, which may look at steps "
            "to come.");
}

TEST_F(Refusals, ArgumentsBesideTheInput) {
  const auto x = Input({None, 2});
  const auto h = GRU(3, {.name = "first"})(x);
  EXPECT_TRUE(refusal_of(Functional(x, GRU(3)(x, {.initial_state = h})))
                  .ends_with("it is called with an initial state: a stream has its own."));
  EXPECT_TRUE(refusal_of(Functional(x, Add()({GRU(2, {.return_sequences = true})(x), RepeatVector(1)(GRU(2)(x))})))
                  .ends_with("only some of its inputs are sequences."));
}

// Counts its calls.
class Counting final : public Layer {
 public:
  using Layer::Layer;
  void build(const Shape&) override { calls_ = add_weight("calls", {}, {.initializer = "zeros", .trainable = false}); }
  Values call(const Values& inputs, CallContext&) override {
    graph::assign(calls_, Tensor(calls_) + 1);
    return inputs;
  }

 private:
  Variable calls_;
};

TEST_F(Refusals, WhatWouldChangeTheModel) {
  const auto x = Input({None, 2});
  EXPECT_TRUE(refusal_of(Functional(x, BatchNormalization()(x, {.training = true})))
                  .ends_with("it is called with training=True."));
  EXPECT_TRUE(refusal_of(Functional(x, TimeDistributed(make<Counting>("counting"))(x)))
                  .ends_with("a step changes variables of the model."));
  const auto y = Input({None, 3, 2}, {.batch_size = 1});
  EXPECT_TRUE(refusal_of(Functional(y, TimeDistributed(LSTM(2, {.stateful = true}))(y)))
                  .ends_with("the layer it holds is stateful: its states would belong to the model."));
}

class Subclassed final : public Model {
 public:
  Subclassed() : Model("own") {}
  Values call(const Values& inputs, CallContext&) override { return inputs; }
};

TEST_F(Refusals, ModelsWithoutAGraph) {
  EXPECT_TRUE(refusal_of(ModelRef(make<Subclassed>()))
                  .ends_with("it is defined by its code. Functional and "
                             "Sequential models can."));
  EXPECT_TRUE(refusal_of(Sequential({GRU(2)}))
                  .ends_with("the shape of its input is not known. Build it, or give it "
                             "an Input."));
}

}  // namespace
}  // namespace hornbeam::streaming_test
