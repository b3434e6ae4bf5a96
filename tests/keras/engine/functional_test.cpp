// Functional models: graphs of layers, shared layers, nested models, submodels, dicts and lists.
#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

using FunctionalTest = EngineTest;

TEST_F(FunctionalTest, PredictsWhatItsLayersCompute) {
  const auto x = Input({2});
  const Dense dense(2, {.activation = "relu"});
  const auto model = hornbeam::Functional(x, dense(x), {.name = "m"});
  dense->set_weights({floats({2, 2}, {1, -1, 2, -2}), floats({2}, {0.5, 0.5})});
  expect_values(model->predict(floats({2, 2}, {1, 1, -1, 0})), {2, 2}, {3.5, 0, 0, 1.5});
  EXPECT_EQ(names_of(model->layers()), (Names{"input_1", "dense"}));
  EXPECT_EQ(model->count_params(), 6);
  EXPECT_EQ(model->name(), "m");
}

TEST_F(FunctionalTest, BatchesDoNotShow) {
  const auto x = Input({3});
  const auto model = hornbeam::Functional(x, Dense(2)(x));
  count_up(*model);
  std::vector<float> data(21);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i);
  const auto whole = values_of(model->predict(floats({7, 3}, data)));
  expect_values(model->predict(floats({7, 3}, data), {.batch_size = 2}), {7, 2}, whole);
}

TEST_F(FunctionalTest, InputsAreCast) {
  const auto x = Input({2});
  const auto model = hornbeam::Functional(x, Dense(1, {.kernel_initializer = "ones"})(x));
  expect_values(model->predict(Tensor::from<double>({1, 2}, {1.5, 2})), {1, 1}, {3.5});
  expect_values(model->predict(Tensor::from<std::int64_t>({1, 2}, {1, 2})), {1, 1}, {3});
}

TEST_F(FunctionalTest, ASharedLayerHasOneSetOfWeightsAndSeveralNodes) {
  const auto a = Input({2}), b = Input({2});
  const Dense shared(1, {.kernel_initializer = "ones"});
  const auto model = hornbeam::Functional({a, b}, Subtract()({shared(a), shared(b)}));
  EXPECT_EQ(model->weights().size(), 2U);
  EXPECT_EQ(shared->inbound_nodes().size(), 2U);
  expect_values(model->predict({floats({1, 2}, {5, 6}), floats({1, 2}, {1, 2})}), {1, 1}, {8});
}

TEST_F(FunctionalTest, ALayerKnowsItsCalls) {
  const auto a = Input({2}, {.name = "a"}), b = Input({2}, {.name = "b"}), c = Input({3, 2});
  const Dense shared(1, {.name = "d"});
  EXPECT_EQ(message_of<AttributeError>([&] { shared->input(); }), "Layer d is not connected, no input to return.");
  EXPECT_EQ(message_of<RuntimeError>([&] { shared->get_output_at(0); }),
            "The layer d has never been called and thus has no defined output.");
  const auto first = shared(a), second = shared(b);
  // As in Keras: the first call's, and shapes that all calls share.
  EXPECT_EQ(shared->input().tensor().impl(), a.impl());
  EXPECT_EQ(shared->output().tensor().impl(), first.tensor().impl());
  EXPECT_EQ(shared->output_shape(), Shape({None, 1}));
  EXPECT_EQ(shared->get_input_at(1).tensor().impl(), b.impl());
  EXPECT_EQ(shared->get_output_at(1).tensor().impl(), second.tensor().impl());
  EXPECT_EQ(shared->get_input_shapes_at(1), std::vector<Shape>{Shape({None, 2})});
  EXPECT_EQ(shared->get_output_shapes_at(0), std::vector<Shape>{Shape({None, 1})});
  EXPECT_EQ(message_of<ValueError>([&] { shared->get_input_shapes_at(5); }),
            "Asked to get input shape at node 5, but the layer has only 2 inbound nodes.");
  const auto third = shared(c);
  EXPECT_EQ(message_of<AttributeError>([&] { shared->input_shape(); }).substr(0, 77),
            "The layer \"d\" has multiple inbound nodes, with different input shapes. Hence ");
  const Add add;
  const auto sum = add({a, b});
  EXPECT_EQ(add->input_shapes(), (std::vector<Shape>{Shape({None, 2}), Shape({None, 2})}));
  EXPECT_THROW(add->input_shape(), AttributeError);
}

TEST_F(FunctionalTest, AModelIsALayer) {
  const auto inner_input = Input({2}, {.name = "inner_in"});
  const auto inner = hornbeam::Functional(
      inner_input, Dense(2, {.kernel_initializer = "ones", .name = "inner_dense"})(inner_input), {.name = "inner"});
  const auto x = Input({2}, {.name = "x"});
  const auto once = inner(x);
  const auto model = hornbeam::Functional(x, inner(once), {.name = "outer"});
  expect_values(model->predict(floats({1, 2}, {1, 2})), {1, 2}, {6, 6});
  EXPECT_EQ(model->layers().size(), 2U);
  EXPECT_EQ(names_of(model->weights()), (Names{"inner_dense/kernel:0", "inner_dense/bias:0"}));
  // The inner model on its own sees the same weights.
  inner->set_weights({floats({2, 2}, {1, 0, 0, 1}), floats({2}, {1, 1})});
  expect_values(model->predict(floats({1, 2}, {1, 2})), {1, 2}, {3, 4});
  expect_values(inner->predict(floats({1, 2}, {1, 2})), {1, 2}, {2, 3});
}

TEST_F(FunctionalTest, SubmodelsFromTheOutputsOfLayers) {
  const Sequential base(
      {Input({2}), Dense(2, {.kernel_initializer = "ones"}), Dense(1, {.kernel_initializer = "ones"})});
  const auto first = base->layers()[0], last = base->layers()[1];
  const auto model = hornbeam::Functional(base->symbolic_inputs(), {first->output(), last->output()});
  const auto y = model->predict(floats({1, 2}, {1, 2}));
  ASSERT_EQ(y.size(), 2U);
  expect_values(y[0], {1, 2}, {3, 3});
  expect_values(y[1], {1, 1}, {6});
  const auto tail = hornbeam::Functional(last->input(), last->output());
  expect_values(tail->predict(floats({1, 2}, {10, 1})), {1, 1}, {11});
}

// As tf.keras 2.15 names the inputs of a model that is cut out of another (Keras 3 calls them "keras_tensorCLONE").
TEST_F(FunctionalTest, InputsOfACutAreNamedAsInputs) {
  const auto x = Input({4}, {.name = "x"});
  const auto h = Dense(3, {.name = "h"})(x);
  const auto y = Dense(2, {.name = "y"})(h);
  const auto cut = hornbeam::Functional(h, y);
  EXPECT_EQ(names_of(cut->layers()), (Names{"input_1", "y"}));
  const auto both = hornbeam::Functional({x, h}, {y, Dense(2, {.name = "z"})(x)});
  EXPECT_EQ(both->input_names(), (Names{"x", "input_2"}));
  const auto g = Dense(3, {.name = "g"})(h);
  const auto two = hornbeam::Functional({h, g}, Add({.name = "a"})({h, g}));
  EXPECT_EQ(names_of(two->layers()), (Names{"input_3", "input_4", "a"}));
}

TEST_F(FunctionalTest, DictsGoByName) {
  const auto left = Input({1}, {.name = "left"}), right = Input({1}, {.name = "right"});
  const Values inputs{{"left", left}, {"right", right}};
  const auto difference = Subtract()({left, right});
  const auto model =
      hornbeam::Functional(inputs, Values{{"difference", difference}, {"twice", Add()({difference, difference})}});
  const auto y = model->predict(Values{{"right", floats({1, 1}, {1})}, {"left", floats({1, 1}, {5})}});
  ASSERT_TRUE(y.is_dict());
  expect_values(y["difference"], {1, 1}, {4});
  expect_values(y["twice"], {1, 1}, {8});
  EXPECT_EQ(model->input_names(), (Names{"left", "right"}));
}

TEST_F(FunctionalTest, OperatorsOnSymbolicTensors) {
  const Tensor x = Input({2});
  const auto model = hornbeam::Functional(x, -(x * 2.0F + 1.0F) / x);
  expect_values(model->predict(floats({1, 2}, {1, 2})), {1, 2}, {-3, -2.5});
}

TEST_F(FunctionalTest, AResultUsedTwiceIsComputedOnce) {
  const auto x = Input({1});
  Values h = x;
  for (int i = 0; i < 20; ++i) h = Add()({h, h});
  const auto model = hornbeam::Functional(x, h);
  expect_values(model->predict(floats({1, 1}, {1})), {1, 1}, {1048576});
}

TEST_F(FunctionalTest, WrongGraphsAreRefusedInKerassWords) {
  const auto a = Input({3}, {.name = "a"}), b = Input({3}, {.name = "b"});
  const auto text = message_of<ValueError>([&] { hornbeam::Functional(a, Add()({a, b})); });
  EXPECT_EQ(text.substr(0, 46), "Graph disconnected: cannot obtain value for te") << text;
  EXPECT_NE(text.find("layer \"b\""), std::string::npos) << text;
  const auto twice =
      message_of<ValueError>([&] { hornbeam::Functional(a, Dense(1, {.name = "d"})(Dense(1, {.name = "d"})(a))); });
  EXPECT_EQ(
      twice.substr(0, 80),
      std::string("The name \"d\" is used 2 times in the model. All layer names should be unique.").substr(0, 80));
}

TEST_F(FunctionalTest, WrongInputsAreRefused) {
  const auto a = Input({3}, {.name = "a"}), b = Input({3}, {.name = "b"});
  const auto model = hornbeam::Functional({a, b}, Add()({a, b}), {.name = "m"});
  const auto x = floats({1, 3}, {1, 2, 3});
  EXPECT_THROW(model->predict(x), ValueError);
  EXPECT_THROW(model->predict({x, x, x}), ValueError);
  EXPECT_THROW(model->predict({x, floats({1, 2}, {1, 2})}), Error);
  EXPECT_THROW(model->predict(Values{{"a", x}, {"c", x}}), ValueError);
}

TEST_F(FunctionalTest, GetLayer) {
  const Sequential model({Input({2}), Dense(2, {.name = "dense_0"}), Dense(2, {.name = "dense_1"})});
  EXPECT_EQ(model->get_layer("dense_1")->name(), "dense_1");
  EXPECT_EQ(model->get_layer(0)->name(), "dense_0");
  EXPECT_EQ(model->get_layer(-1)->name(), "dense_1");
  EXPECT_EQ(message_of<ValueError>([&] { model->get_layer("nope"); }).substr(0, 19), "No such layer: nope");
  EXPECT_EQ(message_of<ValueError>([&] { model->get_layer(7); }),
            "Was asked to retrieve layer at index 7 but model only has 2 layers.");
}

TEST_F(FunctionalTest, SetWeightsCasts) {
  const auto x = Input({1});
  const auto model = hornbeam::Functional(x, Dense(1)(x));
  model->set_weights({Tensor::from<double>({1, 1}, {2}), Tensor::from<std::int32_t>({1}, {3})});
  EXPECT_EQ(model->weights()[0]->dtype(), DType::float32);
  expect_values(model->predict(floats({1, 1}, {5})), {1, 1}, {13});
}

TEST_F(FunctionalTest, SetWeightsOfWrongCountOrShapeAssignsNothing) {
  const auto x = Input({2});
  const auto model = hornbeam::Functional(x, Dense(3, {.name = "d"})(x), {.name = "m"});
  count_up(*model);
  const auto before = values_of(model->get_weights()[0]);
  EXPECT_EQ(
      message_of<ValueError>([&] {
        model->set_weights({floats({2, 3}, std::vector<float>(6))});
      }).substr(0, 116),
      "You called `set_weights(weights)` on layer \"m\" with a weight list of length 1, but the layer was expecting "
      "2 weights");
  EXPECT_EQ(message_of<ValueError>([&] {
              model->set_weights({floats({2, 3}, std::vector<float>(6)), floats({2}, {0, 0})});
            }),
            "Layer weight shape (3,) not compatible with provided weight shape (2,)");
  EXPECT_EQ(values_of(model->get_weights()[0]), before);
}

}  // namespace
}  // namespace hornbeam::engine_test
