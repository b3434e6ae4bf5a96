// Layers and models that users write: tracked attributes, weights of their own, operators in call.
#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

class Linear : public Layer {
 public:
  explicit Linear(std::int64_t units, const LayerOptions& options = {}) : Layer(options), units_(units) {}
  void build(const Shape& s) override {
    w_ = add_weight("w", {s.back(), units_});
    b_ = add_weight("b", {units_}, {.initializer = "zeros"});
  }
  Values call(const Values& x, CallContext&) override { return ops::matmul(x, w_) + b_; }

 private:
  std::int64_t units_;
  Variable w_, b_;
};

class Block : public Model {
 public:
  Block() : Model(ModelOptions{.name = "block"}) {}
  Values call(const Values& x, CallContext& context) override {
    const Tensor h = first(x);
    return context.training() ? Values(h * 0.0F) : second(ops::relu(h));
  }
  HB_ATTR(first, Dense(2, {.kernel_initializer = "ones"}));
  HB_ATTR(second, Dense(1, {.kernel_initializer = "ones"}));
};

class Counted : public Layer {
 public:
  void build(const Shape& s) override {
    add_weight("steps", {}, {.initializer = "zeros", .trainable = false});
    scale_ = add_weight("scale", {s.back()}, {.initializer = "ones"});
  }
  Values call(const Values& x, CallContext&) override { return x.tensor() * Tensor(scale_); }

 private:
  Variable scale_;
};

using Subclassed = EngineTest;

TEST_F(Subclassed, ALayerBuildsOnFirstUse) {
  const auto layer = make<Linear>(2);
  EXPECT_EQ(layer->class_name(), "Linear");
  EXPECT_EQ(layer->name(), "linear");
  EXPECT_FALSE(layer->built());
  layer(floats({1, 3}, {1, 2, 3}));
  layer->set_weights({floats({3, 2}, {1, 0, 0, 1, 1, 1}), floats({2}, {0.5, -0.5})});
  expect_values(layer(floats({1, 3}, {1, 2, 3})), {1, 2}, {4.5, 4.5});
  EXPECT_EQ(names_of(layer->weights()), (Names{"linear/w:0", "linear/b:0"}));
  EXPECT_EQ(layer->edges()[0].name, "w");
}

TEST_F(Subclassed, ALayerInAFunctionalModel) {
  const auto x = Input({2});
  const auto model = Functional(x, make<Linear>(1)(make<Linear>(2)(x)));
  model->set_weights({floats({2, 2}, {1, 0, 0, 1}), floats({2}, {1, 1}), floats({2, 1}, {1, 1}), floats({1}, {0})});
  expect_values(model->predict(floats({2, 2}, {1, 2, 3, 4})), {2, 1}, {5, 9});
}

TEST_F(Subclassed, AModelPredictsAndTracksItsAttributes) {
  const auto model = make<Block>();
  expect_values(model->predict(floats({2, 2}, {1, 2, -3, -4})), {2, 1}, {6, 0});
  EXPECT_EQ(names_of(model->layers()).size(), 2U);
  ASSERT_EQ(model->edges().size(), 2U);
  EXPECT_EQ(model->edges()[0].name, "first");
  EXPECT_EQ(model->edges()[1].name, "second");
  EXPECT_EQ(model->weights().size(), 4U);
  EXPECT_EQ(model->class_name(), "Block");
}

TEST_F(Subclassed, TheTrainingFlagReachesCall) {
  const auto model = make<Block>();
  const auto x = floats({1, 2}, {1, 2});
  expect_values(model(x), {1, 1}, {6});
  expect_values(model(x, {.training = true}), {1, 2}, {0, 0});
}

TEST_F(Subclassed, TrainableWeightsComeBeforeTheOthers) {
  const auto layer = make<Counted>();
  layer(floats({1, 2}, {1, 2}));
  EXPECT_EQ(names_of(layer->weights()), (Names{"counted/scale:0", "counted/steps:0"}));
  EXPECT_EQ(names_of(layer->trainable_weights()), (Names{"counted/scale:0"}));
  EXPECT_EQ(names_of(layer->non_trainable_weights()), (Names{"counted/steps:0"}));
}

TEST_F(Subclassed, AnUnbuiltModelSaysSo) {
  const auto model = make<Block>();
  EXPECT_EQ(message_of<ValueError>([&] { model->weights(); }).substr(0, 53),
            "Weights for model block have not yet been created. We");
}

}  // namespace
}  // namespace hornbeam::engine_test
