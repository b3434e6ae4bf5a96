#include "hornbeam/layers/lambda.hpp"

#include <gmock/gmock.h>

#include "hornbeam/ops.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/serialization.hpp"
#include "support/test_data.h"

using namespace hornbeam;
using ::testing::HasSubstr;

namespace {

Tensor twice(const Tensor& x) { return x * 2; }

// Keras 2 and 3 write a lambda as bytecode, a function by its name.
Config bytecode() {
  return Config::parse(
      R"({"class_name": "Lambda", "config": {"name": "double_it", "trainable": true, "dtype": "float32",
      "function": ["4wEAAAA=\n", null, null], "function_type": "lambda", "module": "m", "output_shape": null,
      "output_shape_type": "raw", "output_shape_module": null, "arguments": {}}})");
}
Config bytecode_v3() {
  return Config::parse(R"({"module": "keras.layers", "class_name": "Lambda", "registered_name": null, "config":
      {"name": "double_it", "function": {"class_name": "__lambda__", "config": {"value": ["4wEAAAA=\n", null, null]}},
      "arguments": {}}})");
}
Config named() {
  return Config::parse(R"({"class_name": "Lambda", "config": {"name": "l", "function": "twice",
      "function_type": "function", "module": "m", "arguments": {}}})");
}

float result(const LayerRef& layer) { return layer(Tensor::from<float>({1, 1}, {2})).tensor().data<float>()[0]; }

void expect_refused(const Config& form, const char* words) {
  try {
    layers::deserialize(form);
    FAIL() << "not refused";
  } catch (const ValueError& error) {
    EXPECT_THAT(error.what(), HasSubstr(words));
  }
}

}  // namespace

TEST(LambdaLayer, BytecodeIsRefusedByName) {
  expect_refused(bytecode(), "The Lambda layer 'double_it' holds a Python lambda");
  expect_refused(bytecode_v3(), "The Lambda layer 'double_it' holds a Python lambda");
  expect_refused(named(), "Unknown function in Lambda layer:twice");
}

// As Keras 3.15.1 writes Lambda(keras.activations.relu), and finds it again without the user's help.
TEST(LambdaLayer, OfAnActivationNeedsNoFunctionOfTheUsers) {
  const auto form = Config::parse(R"({"module": "keras.layers", "class_name": "Lambda", "registered_name": null,
      "config": {"name": "l", "function": {"module": "builtins", "class_name": "function", "config": "relu",
      "registered_name": "function"}, "arguments": {}}})");
  const auto layer = layers::deserialize(form);
  EXPECT_EQ(result(layer), 2);
  EXPECT_EQ(layer(Tensor::from<float>({1, 1}, {-2})).tensor().data<float>()[0], 0);
  expect_refused(named(), "Unknown function in Lambda layer:twice");
}

TEST(LambdaLayer, AFileWithBytecodeIsRefusedByName) {
  const auto path = test_data("keras") + "/error_files/lambda.h5";
  try {
    models::load_model(path);
    FAIL() << "not refused";
  } catch (const ValueError& error) {
    EXPECT_THAT(error.what(), HasSubstr("The Lambda layer 'plus' holds a Python lambda as marshalled bytecode"));
    EXPECT_THAT(error.what(), HasSubstr("{\"plus\", HB_FUNCTION(f)}"));
  }
  const auto model = models::load_model(path, {.custom_objects = {{"plus", HB_FUNCTION(twice)}}});
  EXPECT_EQ(model->predict(Tensor::from<float>({1, 2}, {2, 3})).tensor().data<float>()[1], 6.0f);
}

TEST(LambdaLayer, ItsFunctionIsFoundUnderCustomObjects) {
  EXPECT_EQ(result(layers::deserialize(named(), {{"twice", HB_FUNCTION(twice)}})), 4.0f);
  EXPECT_EQ(result(layers::deserialize(bytecode(), {{"double_it", HB_FUNCTION(twice)}})), 4.0f);
  EXPECT_EQ(result(layers::deserialize(bytecode_v3(), {{"Lambda", HB_FUNCTION(twice)}})), 4.0f);
}

TEST(LambdaLayer, ItsConfigComesBack) {
  const CustomObjectScope scope({{"twice", HB_FUNCTION(twice)}});
  const auto made = Lambda(HB_FUNCTION(twice), {.name = "l"});
  const auto again = layers::deserialize(layers::serialize(made));
  EXPECT_EQ(result(again), 4.0f);
  EXPECT_EQ(layers::serialize(again), layers::serialize(made));
}
