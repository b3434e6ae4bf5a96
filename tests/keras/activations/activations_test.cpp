#include "hornbeam/activations.hpp"

#include "hornbeam/layers.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/object_cases.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

Tensor call(const std::string& name, const Config& arguments, const Tensor& x, bool keras3) {
  const auto number = [&](const char* key, double fallback) {
    const auto* found = arguments.find(key);
    return found ? found->as_double() : fallback;
  };
  const auto axis = [&] { return static_cast<std::int64_t>(number("axis", -1)); };
  namespace a = activations;
  if (name == "relu") {
    const auto* most = arguments.find("max_value");
    return a::relu(x, number("alpha", number("negative_slope", 0)),
                   most ? std::optional(most->as_double()) : std::nullopt, number("threshold", 0));
  }
  if (name == "elu") return a::elu(x, number("alpha", 1));
  if (name == "celu") return a::celu(x, number("alpha", 1));
  if (name == "gelu") return a::gelu(x, arguments.has("approximate") && arguments.at("approximate").as_bool());
  if (name == "softmax") return a::softmax(x, axis());
  if (name == "log_softmax") return a::log_softmax(x, axis());
  if (name == "glu") return a::glu(x, axis());
  if (name == "sparsemax") return a::sparsemax(x, axis());
  if (name == "leaky_relu") return a::leaky_relu(x, number("negative_slope", number("alpha", 0.2)));
  if (name == "hard_shrink") return a::hard_shrink(x, number("threshold", 0.5));
  if (name == "soft_shrink") return a::soft_shrink(x, number("threshold", 0.5));
  if (name == "threshold") return a::threshold(x, number("threshold", 0), number("default_value", 0));
  if (name == "squareplus") return a::squareplus(x, number("b", 4));
  EXPECT_EQ(arguments.size(), 0u) << name;
  return a::by_name(name, keras3).value()(x);
}

double tolerance(const std::string& name, DType dtype) {
  if (dtype == DType::float16) return 5e-3;
  if (dtype == DType::float32) return 1e-5;
  return name == "gelu" ? 1e-6 : 1e-12;  // TensorFlow takes the constants of gelu as float32
}

Tensor twice(const Tensor& x) { return x * 2; }

}  // namespace

TEST(Activations, ValuesOfEveryProducer) {
  for (const auto* producer : kProducers) {
    const Recorded recorded("activations", producer);
    const bool keras3 = recorded.producer == "keras-3.15.1";
    for (const auto& row : recorded.json.at("rows").as_list()) {
      const auto& arguments = row.at("arguments");
      const auto input = row.at("input").as_string();
      const auto name = row.at("activation").as_string();
      // Below a threshold Keras 2 multiplies by 0, which makes NaN of an infinity; Keras 3 selects 0.
      if (keras3 && name == "relu" && arguments.has("threshold") && input == "edges") continue;
      const auto& x = recorded.arrays.at(input);
      const auto& want = recorded.arrays.at(row.at("output").as_string());
      // 2.2.3 forgets the axis of a matrix.
      if (recorded.producer == "tf-2.2.3" && name == "softmax" && x.rank() == 2 && arguments.has("axis") &&
          arguments.at("axis") == Config(0)) {
        continue;
      }
      expect_close(call(name, arguments, x, keras3), want, tolerance(name, x.dtype()), tolerance(name, x.dtype()) * 0.1,
                   recorded.producer + " " + row.dump());
    }
  }
}

TEST(Activations, EveryRecordedNameIsFound) {
  for (const auto* producer : kProducers) {
    const Recorded recorded("activations", producer);
    for (const auto& [word, entry] : recorded.json.at("by_name").as_dict()) {
      if (entry.has("error") || word == "threshold" || word == "PReLU") continue;
      EXPECT_NO_THROW(Activation{word}) << producer << " " << word;
    }
  }
}

TEST(Activations, ConfigForms) {
  EXPECT_EQ(Activation().to_config(), Config("linear"));
  EXPECT_EQ(Activation::from_config(nullptr).to_config(), Config("linear"));
  EXPECT_EQ(Activation::from_config("relu").to_config(), Config("relu"));
  EXPECT_EQ(
      Activation::from_config(
          Config::parse(
              R"({"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"})"))
          .to_config(),
      Config("relu"));
  EXPECT_EQ(Activation("softmax_v2").to_config(), Config("softmax"));
}

TEST(Activations, ALayerMayBeAnActivation) {
  const auto form = Config::parse(
      R"({"class_name": "LeakyReLU", "config": {"name": "leaky", "trainable": true, "dtype": "float32", "alpha": 0.5}})");
  const auto leaky = Activation::from_config(form);
  EXPECT_EQ(leaky.to_config(), form);
  const auto y = leaky(Tensor::from<float>({1, 2}, {-2, 2}));
  EXPECT_EQ(y.data<float>()[0], -1.0f);
  EXPECT_EQ(y.data<float>()[1], 2.0f);
  EXPECT_EQ(Activation("LeakyReLU").to_config().at("class_name"), Config("LeakyReLU"));
}

TEST(Activations, HardSigmoidOfTheTwoGenerations) {
  const auto x = Tensor::from<float>({1}, {1});
  EXPECT_FLOAT_EQ((*activations::by_name("hard_sigmoid"))(x).data<float>()[0], 0.7f);
  EXPECT_FLOAT_EQ((*activations::by_name("hard_sigmoid", true))(x).data<float>()[0], 4.0f / 6.0f);
  EXPECT_EQ(activations::name_for_keras3(activations::by_name("hard_sigmoid", true)->name()), "hard_sigmoid");
  EXPECT_FALSE(activations::by_name("foo"));
}

TEST(Activations, CustomFunctions) {
  const auto mine = HB_FUNCTION(twice);
  EXPECT_EQ(mine.to_config(), Config("twice"));
  EXPECT_THROW(Activation("twice"), ValueError);
  const auto v3 = Config::parse(
      R"({"module": "builtins", "class_name": "function", "config": "twice", "registered_name": "function"})");
  {
    const CustomObjectScope scope({{"twice", mine}});
    EXPECT_EQ(Activation("twice")(Tensor::from<float>({1}, {4})).data<float>()[0], 8.0f);
    EXPECT_EQ(Activation::from_config(v3).to_config(), Config("twice"));
  }
  EXPECT_THROW(Activation::from_config(v3), ValueError);
  register_keras_serializable("registered_twice", Activation("registered_twice", twice), "tests");
  EXPECT_EQ(Activation("registered_twice", twice).to_config(), Config("tests>registered_twice"));
  EXPECT_EQ(Activation("tests>registered_twice").to_config(), Config("tests>registered_twice"));
}

TEST(Activations, ErrorsInKerasWords) {
  expect_recorded_error("unknown_activations_get", [] { Activation("foo"); });
  expect_recorded_error("unknown_activations_deserialize", [] {
    Activation::from_config({{"class_name", "Foo"}, {"config", Config::dict()}});
  });
  expect_recorded_error("wrong_type_activations_get", [] { Activation::from_config(3); });
  EXPECT_THROW(activations::softmax(Tensor::from<float>({2}, {1, 2})), ValueError);
  EXPECT_THROW(activations::glu(Tensor::from<float>({3}, {1, 2, 3})), ValueError);
  // A marshalled Python lambda is refused, not run.
  EXPECT_THROW(Activation::from_config(
                   Config::parse(R"({"class_name": "__lambda__", "config": {"value": ["4wEAAAA=", null, null]}})")),
               ValueError);
}

TEST(Activations, LambdasAreFoundByTheName) {
  const auto bare = Config::parse(R"({"value": ["4wEAAAA=", null, null]})");
  const auto wrapped = Config::parse(R"({"class_name": "__lambda__", "config": {"value": ["4wEAAAA=", null, null]}})");
  for (const auto& form : {bare, wrapped, Config("<lambda>")}) {
    try {
      Activation::from_config(form);
      FAIL() << form.dump();
    } catch (const ValueError& e) {
      const std::string text = e.what();
      EXPECT_TRUE(text.starts_with("Unknown activation function:<lambda>")) << text;
      EXPECT_NE(text.find("custom_objects"), std::string::npos) << text;
    }
    const CustomObjectScope scope({{"<lambda>", Activation("<lambda>", twice)}});
    const auto found = Activation::from_config(form);
    EXPECT_EQ(found(Tensor::from<float>({1}, {4})).data<float>()[0], 8.0f);
    EXPECT_EQ(found.to_config(), Config("<lambda>"));  // as Keras 2.2 writes it
  }
}

TEST(Activations, BuiltinsAreToldFromFunctionsOfTheirNames) {
  EXPECT_TRUE(Activation().is_builtin());
  EXPECT_TRUE(Activation("tanh").is_builtin());
  EXPECT_TRUE(Activation::from_config("softmax_v2").is_builtin());
  EXPECT_TRUE(activations::by_name("hard_sigmoid", true)->is_builtin());
  EXPECT_TRUE(HB_FUNCTION(activations::tanh).is_builtin());
  EXPECT_FALSE(HB_FUNCTION(twice).is_builtin());
  EXPECT_FALSE(Activation("tanh", twice).is_builtin());
  EXPECT_FALSE(Activation("tanh", [](const Tensor& x) { return activations::tanh(x); }).is_builtin());
  const CustomObjectScope scope({{"tanh", Activation("tanh", twice)}});
  EXPECT_FALSE(Activation("tanh").is_builtin());
  EXPECT_FALSE(Activation::from_config("tanh").is_builtin());
}
