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

// A model with layers and weights of its own, as the guide's ContrivedModel.
class Mixed : public Model {
 public:
  Mixed() : Model(ModelOptions{.name = "m"}) {}
  Values call(const Values& x, CallContext&) override { return ops::matmul(norm(dense(x)), k_) + nt_; }
  HB_ATTR(dense, Dense(2, {.name = "d"}));
  HB_ATTR(norm, BatchNormalization({.name = "bn"}));

 private:
  Variable k_ = add_weight("k", {2, 3});
  Variable nt_ = add_weight("nt", {3}, {.trainable = false});
};

// Works on images of any size.
class Pooled : public Model {
 public:
  Values call(const Values& x, CallContext&) override { return pool(conv(x)); }
  HB_ATTR(conv, Conv2D(1, 3, {.kernel_initializer = "ones", .name = "c"}));
  HB_ATTR(pool, GlobalMaxPooling2D());
};

// Needs to know how long its input is.
class Flat : public Model {
 public:
  Values call(const Values& x, CallContext&) override {
    const Tensor t = x;
    if (t.shape()[1] < 0) throw ValueError("the length must be known");
    return ops::reduce_sum(t, {1}) * static_cast<float>(t.shape()[1]);
  }
};

// The guide's CustomLayer: a tf.Variable as an attribute; and a dict of layers.
class Scaled : public Layer {
 public:
  Values call(const Values& x, CallContext&) override { return branches.at("b")(branches.at("a")(x)).tensor() * var; }
  const Variable var = track("var", std::make_shared<VariableNode>("var_a", Tensor::scalar(5.0F), true));
  const std::map<std::string, Dense> branches =
      track("branches", std::map<std::string, Dense>{{"b", Dense(1, {.kernel_initializer = "ones"})},
                                                     {"a", Dense(2, {.kernel_initializer = "ones"})}});
};

using Subclassed = EngineTest;

// Orders as tf.keras 2.2.3 and 2.15.1 gave them, and Keras 3.15.1.
TEST_F(Subclassed, AModelsOwnWeightsComeAfterItsLayers) {
  const auto model = make<Mixed>();
  model(floats({1, 4}, {0, 0, 0, 0}));
  const auto without_scope = [](const std::vector<Variable>& variables) {
    Names names;
    for (const auto& v : variables) names.push_back(v->name().substr(v->name().find("m/") == 0 ? 2 : 0));
    return names;
  };
  EXPECT_EQ(without_scope(model->trainable_weights()),
            (Names{"d/kernel:0", "d/bias:0", "bn/gamma:0", "bn/beta:0", "k:0"}));
  EXPECT_EQ(without_scope(model->non_trainable_weights()), (Names{"bn/moving_mean:0", "bn/moving_variance:0", "nt:0"}));
  EXPECT_EQ(without_scope(model->weights()), (Names{"d/kernel:0", "d/bias:0", "bn/gamma:0", "bn/beta:0",
                                                    "bn/moving_mean:0", "bn/moving_variance:0", "k:0", "nt:0"}));
  model->set_trainable(false);
  EXPECT_EQ(without_scope(model->non_trainable_weights()),
            (Names{"k:0", "d/kernel:0", "d/bias:0", "bn/gamma:0", "bn/beta:0", "bn/moving_mean:0",
                   "bn/moving_variance:0", "nt:0"}));
  model->set_trainable(true);
  model->set_target("keras3");
  EXPECT_EQ(without_scope(model->trainable_variables()),
            (Names{"k:0", "d/kernel:0", "d/bias:0", "bn/gamma:0", "bn/beta:0"}));
  EXPECT_EQ(without_scope(model->variables()), (Names{"k:0", "nt:0", "d/kernel:0", "d/bias:0", "bn/gamma:0",
                                                      "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0"}));
}

// The guide: layer.build((None, 784)), then weights are copied.
TEST_F(Subclassed, BuildCalledByHandMakesTheWeightsOnce) {
  const Dense dense(3, {.name = "d"});
  dense->build({None, 2});
  EXPECT_TRUE(dense->built());
  EXPECT_EQ(dense->count_params(), 9);
  dense->set_weights({floats({2, 3}, {1, 0, 0, 0, 1, 0}), floats({3}, {0, 0, 7})});
  expect_values(dense(floats({1, 2}, {4, 5})), {1, 3}, {4, 5, 7});
  EXPECT_EQ(dense->weights().size(), 2U);
  const auto own = make<Linear>(2);
  own->build({None, 3});
  own(floats({1, 3}, {1, 2, 3}));
  EXPECT_EQ(own->weights().size(), 2U);
  const auto model = make<Block>();
  model->build({None, 2});
  EXPECT_EQ(model->weights().size(), 4U);
  expect_values(model->predict(floats({1, 2}, {1, 2})), {1, 1}, {6});
}

TEST_F(Subclassed, PredictTakesOtherShapesLater) {
  const auto model = make<Pooled>();
  const auto ones = [](const Shape& shape) { return Tensor(ops::ones(shape)); };
  expect_values(model->predict(ones({1, 5, 9, 1})), {1, 1}, {9});
  expect_values(model->predict(ones({3, 8, 4, 1})), {3, 1}, {9, 9, 9});
  expect_values(model->predict(ones({1, 3, 3, 1})), {1, 1}, {9});
  EXPECT_THROW(model->predict(ones({1, 5, 9, 2})), ValueError);
  const auto flat = make<Flat>();
  for (const std::int64_t n : {2, 3, 2, 5}) {
    expect_values(flat->predict(ones({1, n})), {1}, {static_cast<float>(n * n)});
  }
}

TEST_F(Subclassed, VariablesAndDictsAreTracked) {
  const auto layer = make<Scaled>();
  expect_values(layer(floats({1, 2}, {1, 2})), {1, 1}, {30});
  EXPECT_EQ(layer->edges()[0].name, "var");
  EXPECT_EQ(layer->weights()[0]->name(), "var_a:0");
  EXPECT_EQ(layer->weights().size(), 5U);
  const auto branches = layer->find_edge("branches");
  ASSERT_EQ(branches->edges().size(), 2U);
  EXPECT_EQ(branches->edges()[1].name, "b");
  layer->var->assign(Tensor::scalar(2.0F));
  expect_values(layer(floats({1, 2}, {1, 2})), {1, 1}, {12});
}

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

// tf.keras names a weight after the layers that are being built, which in a constructor is none; Keras 3 after its own
// layer, too.
TEST_F(Subclassed, WeightsMadeInTheConstructor) {
  class Scale : public Layer {
   public:
    Scale() : Layer("mine") { w_ = add_weight("w", {2}); }
    Values call(const Values& x, CallContext&) override { return x.tensor() * w_; }

   private:
    Variable w_;
  };
  class Outer : public Layer {
   public:
    Outer() : Layer("outer") {}
    using Layer::build;
    void build(const Shape&) override { inner_ = track("inner", make<Scale>()); }
    Values call(const Values& x, CallContext&) override { return inner_(x); }

   private:
    Ref<Scale> inner_;
  };
  const auto names = [](const LayerRef& layer) {
    layer(Tensor::zeros(DType::float32, {1, 2}));
    return layer->weights()[0]->path();
  };
  EXPECT_EQ(names(make<Scale>()), "w");
  EXPECT_EQ(names(make<Outer>()), "outer/w");
  const auto dense = Dense(3, {.name = "d"});
  dense->build(Shape{2});
  EXPECT_EQ(dense->weights()[0]->name(), "kernel:0");
  const TargetScope scope(Target::keras3);
  EXPECT_EQ(names(make<Scale>()), "mine/w");
  EXPECT_EQ(names(make<Outer>()), "outer/mine/w");
  const auto other = Dense(3, {.name = "d"});
  other->build(Shape{2});
  EXPECT_EQ(other->weights()[0]->path(), "d/kernel");
}

TEST_F(Subclassed, TheTrainingFlagReachesCall) {
  const auto model = make<Block>();
  const auto x = floats({1, 2}, {1, 2});
  expect_values(model(x), {1, 1}, {6});
  expect_values(model(x, {.training = true}), {1, 2}, {0, 0});
}

TEST_F(Subclassed, ACallThatTrainsMovesTheAverages) {
  const BatchNormalization norm({.momentum = 0.5, .epsilon = 0.0});
  const auto model = Sequential({Input({1}), norm});
  const auto x = floats({2, 1}, {2, 6});
  model(x);
  expect_values(norm->get_weights().at(2), {1}, {0});
  expect_values(model(x, {.training = true}).tensor(), {2, 1}, {-1, 1});
  expect_values(norm->get_weights().at(2), {1}, {2});
  expect_values(norm->get_weights().at(3), {1}, {2.5});
  // Drawing a functional model is no call.
  const auto input = Input({1});
  norm(input, {.training = true});
  expect_values(norm->get_weights().at(2), {1}, {2});
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
