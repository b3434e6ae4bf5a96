#include <thread>

#include "hornbeam/layers.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/object_cases.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

class Scale : public Layer {
 public:
  explicit Scale(double factor, const LayerOptions& options = {}) : Layer(options), factor_(factor) {}
  Values call(const Values& x, CallContext&) override { return x.tensor() * factor_; }
  Config get_config() const override {
    auto config = Layer::get_config();
    config.set("factor", factor_);
    return config;
  }
  std::string class_name() const override { return "Scale"; }
  static Ref<Scale> from_config(const Config& config) {
    return make<Scale>(config.at("factor").as_double(), layer_options_from(config));
  }

 private:
  double factor_;
};

Config scale_form(const std::string& name) { return {{"class_name", name}, {"config", {{"factor", 3.0}}}}; }

namespace inner {
Tensor twice(const Tensor& x) { return x * 2.0; }
}  // namespace inner

float scaled_two(const LayerRef& layer) { return layer(Tensor::from<float>({1, 1}, {2})).tensor().data<float>()[0]; }

}  // namespace

TEST(Serialization, ALayerComesBackFromItsConfig) {
  const auto dense = Dense(4, {.activation = "relu", .name = "d"});
  const auto form = layers::serialize(dense);
  EXPECT_EQ(form.at("class_name"), Config("Dense"));
  EXPECT_EQ(layers::serialize(layers::deserialize(form)), form);
}

TEST(Serialization, TheV3FormBuildsTheLayer) {
  const auto layer = layers::deserialize(Config::parse(
      R"({"module": "keras.layers", "class_name": "Dense", "registered_name": null,
          "config": {"name": "d", "trainable": true, "dtype": "float32", "units": 3},
          "build_config": {"input_shape": [null, 5]}})"));
  ASSERT_TRUE(layer->built());
  EXPECT_EQ(layer->count_params(), 18);
}

TEST(Serialization, CustomLayersAreFoundByArgumentScopeAndRegistry) {
  expect_recorded_error("unknown_layer_deserialize", [] {
    layers::deserialize({{"class_name", "Foo"}, {"config", {{"name", "foo"}}}});
  });
  EXPECT_THROW(layers::deserialize(scale_form("Scale")), ValueError);
  EXPECT_EQ(scaled_two(layers::deserialize(scale_form("Scale"), {{"Scale", custom_object<Scale>()}})), 6.0f);
  EXPECT_THROW(layers::deserialize(scale_form("Scale")), ValueError);  // the argument is gone
  {
    const CustomObjectScope scope({{"Scale", custom_object<Scale>()}});
    EXPECT_EQ(scaled_two(layers::deserialize(scale_form("Scale"))), 6.0f);
    bool found = true;
    std::thread([&] { found = get_registered_object("Scale") != nullptr; }).join();
    EXPECT_FALSE(found);  // scopes are of their thread
  }
  register_keras_serializable("Scale", custom_object<Scale>(), "tests");
  EXPECT_EQ(scaled_two(layers::deserialize(scale_form("tests>Scale"))), 6.0f);
  EXPECT_EQ(scaled_two(layers::deserialize(scale_form("Scale"))), 6.0f);
  const auto v3 = Config::parse(
      R"({"module": "mine", "class_name": "Scale", "config": {"factor": 3}, "registered_name": "tests>Scale"})");
  EXPECT_EQ(scaled_two(layers::deserialize(v3)), 6.0f);
  EXPECT_EQ(layers::serialize(make<Scale>(3.0, LayerOptions{.name = "s"})).at("class_name"), Config("tests>Scale"));
  EXPECT_THROW(register_keras_serializable("Scale", custom_object<Scale>(), "tests"), ValueError);
}

// keras.utils.get_custom_objects()["twice"] = twice, and .clear().
TEST(Serialization, ObjectsOfTheWholeProcess) {
  const auto before = get_custom_objects();
  EXPECT_THROW(Activation("twice"), ValueError);
  auto objects = before;
  objects["twice"] = HB_FUNCTION(inner::twice);
  set_custom_objects(objects);
  const Activation found("twice");
  EXPECT_EQ(found(Tensor::scalar(2.0F)).item<float>(), 4.0F);
  std::thread([] { Activation("twice"); }).join();
  EXPECT_EQ(get_custom_objects().size(), before.size() + 1);
  const auto* still = get_registered_object("twice");
  set_custom_objects({});
  EXPECT_THROW(Activation("twice"), ValueError);
  ASSERT_TRUE(still);  // whoever has found one may still use it
  EXPECT_EQ(std::get<Activation>(*still)(Tensor::scalar(3.0F)).item<float>(), 6.0F);
  set_custom_objects(before);
}

TEST(Serialization, FunctionsAreNamedWithoutTheirNamespace) {
  EXPECT_EQ(HB_FUNCTION(inner::twice).name(), "twice");
  EXPECT_EQ(Dense(1, {.activation = HB_FUNCTION(inner::twice)})->get_config().at("activation"), Config("twice"));
}

TEST(Serialization, AForeignClassIsNoBuiltInOne) {
  EXPECT_THROW(
      layers::deserialize(Config::parse(
          R"({"module": "mine", "class_name": "Dense", "config": {"units": 3}, "registered_name": "mine>Dense"})")),
      ValueError);
}

TEST(Serialization, BadFormsAreRefused) {
  for (const auto* text : {R"({"name": "foo"})", R"({"class_name": 3, "config": {}})", R"([1])", R"(3)", R"(null)"}) {
    EXPECT_THROW(layers::deserialize(Config::parse(text)), ValueError) << text;
  }
  EXPECT_THROW(layers::deserialize(Config::parse(R"({"class_name": "Dense", "config": {"name": "d"}})")), TypeError);
  EXPECT_THROW(layers::deserialize(Config::parse(R"({"class_name": "Dense", "config": {"units": "many"}})")),
               TypeError);
  EXPECT_THROW(layers::deserialize(Config::parse(R"({"class_name": "Dense", "config": {"units": 3, "foo": 1}})")),
               TypeError);
}

TEST(Serialization, UnknownKeysThatSayNothingAreNoted) {
  LoadNotes notes;
  layers::deserialize(Config::parse(R"({"class_name": "Dense", "config": {"name": "d", "units": 3, "foo": null}})"));
  ASSERT_EQ(notes.notes().size(), 1u);
  EXPECT_EQ(notes.notes()[0].where, "Dense 'd'");
  EXPECT_EQ(notes.notes()[0].text, "foo = null");
}

TEST(Serialization, EveryBuiltInClassIsListed) {
  const auto names = layer_class_names();
  for (const auto* name : {"Dense", "Conv2D", "Model", "Functional", "Sequential", "InputLayer"}) {
    EXPECT_TRUE(std::find(names.begin(), names.end(), name) != names.end()) << name;
  }
}
