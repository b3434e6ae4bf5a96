// Sequential: built at once, deferred, grown and shrunk.
#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

using SequentialTest = EngineTest;

TEST_F(SequentialTest, BuiltFromItsInput) {
  const Sequential model({Input({2}), Dense(3), Dense(1)});
  EXPECT_TRUE(model->built());
  EXPECT_EQ(names_of(model->weights()),
            (Names{"dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0"}));
  EXPECT_EQ(names_of(model->layers()), (Names{"dense", "dense_1"}));
  EXPECT_EQ(model->name(), "sequential");
}

TEST_F(SequentialTest, BuiltFromTheFirstLayersInputShape) {
  const Sequential model({Dense(3, {.input_shape = Shape{4}}), Dense(1)});
  EXPECT_TRUE(model->built());
  EXPECT_EQ(model->weights()[0]->shape(), (Shape{4, 3}));
}

TEST_F(SequentialTest, DeferredUntilTheFirstCall) {
  const Sequential model({Dense(2, {.kernel_initializer = "ones"}), Dense(1, {.kernel_initializer = "ones"})});
  EXPECT_FALSE(model->built());
  EXPECT_EQ(
      message_of<ValueError>([&] { model->weights(); }),
      "Weights for model sequential have not yet been created. Weights are created when the Model is first called "
      "on inputs or `build()` is called with an `input_shape`.");
  expect_values(model->predict(floats({1, 3}, {1, 2, 3})), {1, 1}, {12});
  EXPECT_TRUE(model->built());
  EXPECT_EQ(model->weights()[0]->shape(), (Shape{3, 2}));
}

TEST_F(SequentialTest, DeferredUntilBuild) {
  const Sequential model({Dense(2), Dense(1)});
  model->build({None, 5});
  EXPECT_EQ(model->weights().size(), 4U);
  EXPECT_EQ(model->weights()[0]->shape(), (Shape{5, 2}));
}

TEST_F(SequentialTest, AddAndPop) {
  const Sequential model;
  model->add(Input({2}));
  model->add(Dense(2, {.kernel_initializer = "ones"}));
  model->add(Dense(1, {.kernel_initializer = "ones"}));
  expect_values(model->predict(floats({1, 2}, {1, 2})), {1, 1}, {6});
  model->pop();
  expect_values(model->predict(floats({1, 2}, {1, 2})), {1, 2}, {3, 3});
  model->add(Flatten());
  EXPECT_EQ(model->layers().size(), 2U);
}

// As in Keras: what was built by its first input is no model of that size alone.
TEST_F(SequentialTest, DeferredTakesOtherSizesLater) {
  const Sequential model({Conv2D(2, 3, {.kernel_initializer = "ones"}), GlobalAveragePooling2D()});
  const auto ones = [](const Shape& shape) { return Tensor(ops::ones(shape)); };
  expect_values(model->predict(ones({1, 5, 9, 1})), {1, 2}, {9, 9});
  expect_values(model->predict(ones({2, 8, 4, 1})), {2, 2}, {9, 9, 9, 9});
  expect_values(model(ones({1, 3, 3, 1})), {1, 2}, {9, 9});
  const auto x = Input({None, 7, 1});
  EXPECT_EQ(model(x).tensor().shape(), Shape({None, 2}));
  // What the layers themselves refuse they refuse.
  EXPECT_EQ(message_of<ValueError>([&] {
              model->predict(ones({1, 5, 9, 2}));
            }).substr(0, 68),
            "Input 0 of layer conv2d is incompatible with the layer: expected axi");
  const Sequential given({Input({5, 9, 1}), Conv2D(2, 3)});
  EXPECT_THROW(given->predict(ones({1, 4, 9, 1})), ValueError);
}

TEST_F(SequentialTest, MistakesAreNamedInKerassWords) {
  EXPECT_EQ(message_of<TypeError>([] { Sequential()->pop(); }), "There are no layers in the model.");
  EXPECT_EQ(message_of<ValueError>([] {
              Sequential({Input({2}), Dense(1, {.name = "d"}), Dense(1, {.name = "d"})});
            }).substr(0, 76),
            "The name \"d\" is used 2 times in the model. All layer names should be unique.");
  const auto x = Input({2});
  const auto two = Functional(x, {Dense(1)(x), Dense(1)(x)});
  const auto text = message_of<ValueError>([&] { Sequential({Input({2}), two}); });
  EXPECT_EQ(text.substr(0, 73), "All layers in a Sequential model should have a single output tensor. For ") << text;
}

TEST_F(SequentialTest, ModelsAsLayers) {
  const Sequential inner({Input({2}), Dense(2, {.kernel_initializer = "ones", .name = "a"})}, {.name = "inner"});
  const Sequential model({Input({2}), inner, Dense(1, {.kernel_initializer = "ones", .name = "b"})});
  expect_values(model->predict(floats({1, 2}, {1, 2})), {1, 1}, {6});
  EXPECT_EQ(names_of(model->weights()), (Names{"a/kernel:0", "a/bias:0", "b/kernel:0", "b/bias:0"}));
}

// The guide: layers of one model in another.
TEST_F(SequentialTest, OfTheLayersOfAnotherModel) {
  const auto x = Input({2});
  const Functional model(x, Dense(1, {.name = "b"})(Dense(2, {.kernel_initializer = "ones", .name = "a"})(x)));
  const auto layers = model->layers();
  std::vector<SequentialItem> items(layers.begin() + 1, layers.end() - 1);
  items.emplace_back(Dense(1, {.kernel_initializer = "ones", .name = "c"}));
  const Sequential other(items);
  EXPECT_EQ(names_of(other->layers()), (Names{"a", "c"}));
  EXPECT_EQ(other->get_layer("a").ptr(), model->get_layer("a").ptr());
  EXPECT_EQ(model->inputs().tensor().impl(), x.impl());
  EXPECT_EQ(model->outputs().tensor().impl(), model->get_layer("b")->output().tensor().impl());
}

TEST_F(SequentialTest, NewModelsAreOfTheTargetInForce) {
  EXPECT_EQ(Sequential()->target(), "tf2.15");
  const TargetScope scope(Target::tf22);
  EXPECT_EQ(Sequential()->target(), "tf2.2");
}

}  // namespace
}  // namespace hornbeam::engine_test
