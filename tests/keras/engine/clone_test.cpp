// clone_model: new layers, one's own, or the same ones.
#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

using Clone = EngineTest;

Names class_names(const ModelRef& model) {
  Names names;
  for (const auto& layer : model->layers()) names.push_back(layer->class_name());
  return names;
}

LayerRef with_relu(const LayerRef& layer) {
  auto config = layer->get_config();
  if (layer->class_name() == "Dense") config.set("activation", "relu");
  return layers::deserialize({{"class_name", layer->class_name()}, {"config", config}});
}

Functional two_branches() {
  const auto a = Input({3}, {.name = "a"}), b = Input({3}, {.name = "b"});
  const Dense shared(2, {.kernel_initializer = "ones", .name = "shared"});
  return Functional({a, b}, Values{{"sum", Add({.name = "sum"})({shared(a), shared(b)})}, {"a", shared(a)}},
                    {.name = "two"});
}

TEST_F(Clone, MakesNewLayersOfTheSameNames) {
  const auto model = two_branches();
  const auto clone = models::clone_model(*model);
  EXPECT_EQ(clone->name(), "two");
  EXPECT_EQ(names_of(clone->layers()), names_of(model->layers()));
  EXPECT_NE(clone->get_layer("shared").ptr(), model->get_layer("shared").ptr());
  EXPECT_EQ(clone->weights().size(), 2U);
  EXPECT_EQ(clone->to_json(), model->to_json());
}

TEST_F(Clone, AFunctionMayMakeTheLayers) {
  const auto x = Input({1}, {.name = "x"});
  const auto model = Functional(x, Dense(1, {.kernel_initializer = "ones", .name = "d"})(x), {.name = "big"});
  Names seen;
  const auto clone = models::clone_model(*model, {.clone_function = [&](const LayerRef& layer) {
    seen.push_back(layer->name());
    return with_relu(layer);
  }});
  EXPECT_EQ(seen, Names{"d"});  // not the InputLayer
  EXPECT_EQ(clone->name(), "big");
  expect_values(model->predict(floats({2, 1}, {-3, 3})), {2, 1}, {-3, 3});
  expect_values(clone->predict(floats({2, 1}, {-3, 3})), {2, 1}, {0, 3});
}

TEST_F(Clone, AFunctionMayGiveTheLayerItself) {
  const auto model = two_branches();
  const auto clone = models::clone_model(*model, {.clone_function = [](const LayerRef& layer) { return layer; }});
  EXPECT_EQ(clone->get_layer("shared").ptr(), model->get_layer("shared").ptr());
  EXPECT_NE(clone->get_layer("a").ptr(), model->get_layer("a").ptr());
  const auto x = floats({1, 3}, {1, 2, 3}), y = floats({1, 3}, {0, 0, 1});
  const auto results = clone->predict({x, y});
  expect_values(results["sum"], {1, 2}, {7, 7});
  expect_values(results["a"], {1, 2}, {6, 6});
  EXPECT_EQ(clone->weights(), model->weights());
}

TEST_F(Clone, OfSequentialModels) {
  const Sequential model({Input({1}, {.name = "in"}), Dense(1, {.kernel_initializer = "ones", .name = "d"}),
                          Dropout(0.5, {.name = "drop"})},
                         {.name = "s"});
  const auto clone = models::clone_model(*model, {.clone_function = with_relu});
  EXPECT_EQ(clone->class_name(), "Sequential");
  EXPECT_EQ(class_names(clone), (Names{"Dense", "Dropout"}));
  EXPECT_EQ(clone->input_names(), Names{"in"});
  expect_values(clone->predict(floats({2, 1}, {-3, 3})), {2, 1}, {0, 3});
  const Sequential deferred({Dense(2, {.name = "z"})}, {.name = "later"});
  const auto later = models::clone_model(*deferred, {.clone_function = with_relu});
  EXPECT_FALSE(later->built());
  EXPECT_EQ(names_of(later->layers()), Names{"z"});
  deferred->build({None, 4});
  EXPECT_EQ(models::clone_model(*deferred, {.clone_function = with_relu})->count_params(), 10);
}

TEST_F(Clone, OnOtherInputs) {
  const auto model = two_branches();
  const auto p = Input({3}, {.name = "p"}), q = Input({3}, {.name = "q"});
  const auto clone = models::clone_model(*model, {.input_tensors = {p, q}});
  EXPECT_EQ(clone->input_names(), (Names{"p", "q"}));
  EXPECT_NE(clone->get_layer("shared").ptr(), model->get_layer("shared").ptr());
  EXPECT_THROW(models::clone_model(*model, {.input_tensors = p}), ValueError);
  EXPECT_THROW(models::clone_model(*model, {.input_tensors = {p, ops::ones({1, 3})}}), ValueError);
}

class Own : public Model {
 public:
  Values call(const Values& x, CallContext&) override { return x; }
};

TEST_F(Clone, OfASubclassedModelIsRefused) {
  EXPECT_EQ(message_of<ValueError>([] { models::clone_model(*make<Own>(), {.clone_function = with_relu}); }),
            "Expected `model` argument to be a functional `Model` instance, but got a subclass model instead.");
  EXPECT_THROW(models::clone_model(*make<Own>()), NotImplementedError);
}

}  // namespace
}  // namespace hornbeam::engine_test
