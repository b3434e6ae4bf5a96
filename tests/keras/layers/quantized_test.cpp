// Quantised layers against what Keras 3 did with them: configs, weights and their order, predictions, training, files,
// and the same integers of quantize().
#include <gtest/gtest.h>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/recorded_weights.h"
#include "ops/gradient.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing_support::expect_close;
using testing_support::last_names;
using testing_support::numbered_arrays;
using testing_support::Recorded;
using testing_support::TempDir;

const Recorded& quantized_records() {
  static const Recorded all("quantized", "keras-3.15.1");
  return all;
}

class Quantized : public testing::TestWithParam<std::string> {
 protected:
  Quantized() { backend::clear_session(); }
  const Config& record() const { return quantized_records().json.at("models").at(GetParam()); }
  bool reads(const std::string& kind) const { return record().has("paths_of_" + kind); }
  std::string file(const std::string& kind) const {
    return test_data("keras") + "/quantized/" + GetParam() + "." + kind;
  }
  Tensor array(const std::string& what) const { return quantized_records().arrays.at(GetParam() + "/" + what); }
  std::vector<Tensor> list(const std::string& what) const {
    return numbered_arrays(quantized_records(), GetParam() + "/" + what);
  }
  // A bfloat16 sum is rounded once more or less; what it is rounded to counts 1 / 256.
  bool is_mixed() const { return GetParam().find("mixed") != std::string::npos; }
  bool is_float8() const { return GetParam().starts_with("float8"); }

  ModelRef model() const {
    const TargetScope scope(Target::keras3);
    return models::model_from_json(record().at("config").as_string());
  }
  ModelRef model_with_weights() const {
    const auto made = model();
    made->set_weights(ordered(*made, "weights"));
    return made;
  }
  // Built by its policy a layer of float8 makes its kernel last; told to quantize(), it had one.
  std::vector<Tensor> ordered(const Model& model, const std::string& what) const {
    auto weights = list(what);
    const auto names = last_names(record().at("paths"));
    if (last_names(model.weights()) != names) {
      const auto at = std::ranges::find(names, "inputs_scale") - names.begin();
      std::rotate(weights.begin(), weights.begin() + at, weights.end());
    }
    return weights;
  }
  void expect_predicts(Model& model, const std::string& what) const {
    const auto y = ops::cast(model.predict(array("x")).tensor(), DType::float32);
    expect_close(y, array(what), is_mixed() ? 2e-2 : 1e-5, is_mixed() ? 2e-2 : 1e-6, what);
  }
  void expect_weights(const Model& model, const std::string& what, double rtol, double atol) const {
    expect_weights(model, list(what), what, rtol, atol);
  }
  static void expect_weights(const Model& model, const std::vector<Tensor>& want, const std::string& what, double rtol,
                             double atol) {
    const auto got = model.get_weights();
    ASSERT_EQ(got.size(), want.size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i) {
      expect_close(ops::cast(got[i], DType::float32), want[i], rtol, atol, what + " " + std::to_string(i));
    }
  }
};

TEST_P(Quantized, Config) { EXPECT_EQ(model()->to_json(), record().at("config").as_string()); }

TEST_P(Quantized, Predictions) { expect_predicts(*model_with_weights(), "y"); }

TEST_P(Quantized, Files) {
  for (const std::string kind : {"keras", "h5"}) {
    SCOPED_TRACE(kind);
    if (!reads(kind)) continue;
    LoadReport report;
    const auto loaded = models::load_model(file(kind), {.report = &report});
    EXPECT_TRUE(report.missing.empty() && report.unused.empty()) << report.to_string();
    EXPECT_EQ(last_names(loaded->weights()), last_names(record().at("paths_of_" + kind)));
    expect_weights(*loaded, kind, 0, 0);
    expect_predicts(*loaded, "y_of_" + kind);
    // Saved again, the same.
    const TempDir dir;
    const auto path = dir.file("again." + kind);
    loaded->save(path);
    const auto again = models::load_model(path);
    EXPECT_EQ(again->to_json(), loaded->to_json());
    if (const auto anew = list("again_" + kind); !anew.empty()) {  // LoRA's sum is quantised whenever it is saved
      expect_weights(*again, "again_" + kind, 1e-6, 0);
    } else {
      expect_weights(*again, kind, 0, 0);
      expect_predicts(*again, "y_of_" + kind);
    }
  }
}

TEST_P(Quantized, WeightsFiles) {
  const auto made = model_with_weights();
  const auto wanted = reads("keras") ? "keras" : "weights";
  const TempDir dir;
  const auto path = dir.file("again.weights.h5");
  made->save_weights(path);
  for (const auto& from : {file("weights.h5"), path}) {
    const auto read = model();
    models::load_weights(*read, from);
    // LoRA's sum is quantised anew, from a product that may differ in its last bit.
    expect_weights(*read, wanted, from == path ? 1e-6 : 0, from == path ? 1e-7 : 0);
  }
}

TEST_P(Quantized, Training) {
  if (!record().has("losses")) return;
  const auto made = model_with_weights();
  const TargetScope scope(Target::keras3);
  made->compile({.optimizer = optimizers::SGD({.learning_rate = 0.25, .momentum = 0.5}), .loss = "mean_squared_error"});
  if (!is_float8()) {
    EXPECT_EQ(last_names(made->trainable_weights()), last_names(record().at("trainable")));
  }
  for (const auto& loss : record().at("losses").as_list()) {
    const auto got = made->train_on_batch(array("x"), array("towards"));
    EXPECT_NEAR(got.at("loss"), loss.as_double(), (is_mixed() ? 2e-2 : 1e-5) * std::abs(loss.as_double()));
  }
  expect_weights(*made, ordered(*made, "trained"), "trained", is_mixed() ? 2e-2 : 1e-4, is_mixed() ? 2e-2 : 1e-5);
}

// The same integers and scales as Keras makes, and the same predictions, of a model that has predicted before.
TEST_P(Quantized, QuantizeGivesTheSameIntegers) {
  if (!record().has("before")) return;
  const TargetScope scope(Target::keras3);
  const auto made = models::model_from_json(record().at("before").at("config").as_string());
  made->set_weights(list("before"));
  made->predict(array("x"));
  if (record().has("mode")) {
    made->quantize(record().at("mode").as_string());
  } else {
    made->quantize("", record().at("quantization"));
  }
  EXPECT_EQ(last_names(made->weights()), last_names(record().at("paths")));
  EXPECT_EQ(last_names(made->trainable_weights()), last_names(record().at("trainable")));
  EXPECT_EQ(made->to_json(), record().at("config").as_string());
  if (is_float8()) {
    made->set_weights(list("weights"));
  } else {
    expect_weights(*made, "weights", 0, 0);
  }
  expect_predicts(*made, "y");
  // Also of float8, whose file from Keras itself has its weights in an order that is not read.
  const TempDir dir;
  made->save(dir.file("model.h5"));
  expect_predicts(*models::load_model(dir.file("model.h5")), "y");
}

std::vector<std::string> quantized_names() {
  std::vector<std::string> all;
  for (const auto& [name, record] : quantized_records().json.at("models").as_dict()) all.push_back(name);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Keras, Quantized, testing::ValuesIn(quantized_names()),
                         [](const auto& test) { return test.param; });

TEST(QuantizedLayers, Errors) {
  backend::clear_session();
  const TargetScope scope(Target::keras3);
  const auto built = [](const auto& layer) {
    layer->ensure_built({Shape{None, 4}});
    return layer;
  };
  const auto of_policy = [](const std::string& policy) { Dense(3, {.dtype = policy}); };
  using quantizers::AbsMaxQuantizer;
  using Int4 = quantizers::Int4QuantizationConfig;
  const auto configured = [](const Config& config) { Dense(3, {.quantization_config = config}); };
  const std::map<std::string, std::function<void()>> calls{
      {"not_built", [] { Dense(3, {.name = "d"})->quantize("int8"); }},
      {"twice",
       [&] {
         const auto layer = built(Dense(3, {.name = "d"}));
         layer->quantize("int8");
         layer->quantize("int4");
       }},
      {"mode", [&] { built(Dense(3))->quantize("int5"); }},
      {"neither", [&] { built(Dense(3))->quantize(""); }},
      {"contradictory", [&] { built(Dense(3))->quantize("int8", Int4()); }},
      {"half", [&] { built(Dense(3, {.dtype = "float16"}))->quantize("int8"); }},
      {"cannot", [&] { built(Flatten())->quantize("int8"); }},
      {"embedding_float8", [&] { built(Embedding(3, 2))->quantize("float8"); }},
      {"embedding_float8_policy", [&] { built(Embedding(3, 2, {.dtype = "float8_from_float32"})); }},
      {"policy_mode", [&] { of_policy("int8x_from_float32"); }},
      {"policy_source", [&] { of_policy("int8_from_foo"); }},
      {"policy_half", [&] { of_policy("int8_from_mixed_float16"); }},
      {"policy_parts", [&] { of_policy("int4_float32"); }},
      {"policy_blocks", [&] { of_policy("int4/0_from_float32"); }},
      {"policy_blocks_word", [&] { of_policy("int4/x_from_float32"); }},
      {"blocks", [&] { configured(Int4{.block_size = 0}); }},
      {"blocks_and_quantizer", [&] { configured(Int4{.weight_quantizer = AbsMaxQuantizer{.low = -8, .high = 7}}); }},
      {"range",
       [&] { configured(quantizers::Int8QuantizationConfig{.weight_quantizer = AbsMaxQuantizer{.low = -129}}); }},
      {"range_of_int4", [&] { configured(Int4{.weight_quantizer = AbsMaxQuantizer{}, .block_size = {}}); }}};
  const auto& errors = quantized_records().json.at("errors");
  EXPECT_EQ(errors.size(), calls.size());
  for (const auto& [name, call] : calls) {
    try {
      call();
      ADD_FAILURE() << name << " says nothing";
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), errors.at(name).at("message").as_string()) << name;
    }
  }
}

// quantizers:: gives what keras.quantizers gives.
TEST(QuantizedLayers, Functions) {
  const auto& arrays = quantized_records().arrays;
  const auto expect = [&](const Tensor& got, const std::string& what) {
    expect_close(ops::cast(got, DType::float32), arrays.at("functions/" + what), 0, 0, what);
  };
  const auto x = arrays.at("functions/x");
  for (const std::int64_t axis : {0, -1}) {
    const auto [values, scale] = quantizers::abs_max_quantize(x, {axis});
    const auto end = std::to_string(axis);
    expect(values, "values" + end);
    expect(scale, "scale" + end);
    const auto few = quantizers::abs_max_quantize(x, {axis}, {.low = -8, .high = 7}).values;
    const auto packed = quantizers::pack_int4(few, axis);
    expect(packed, "packed" + end);
    expect(quantizers::unpack_int4(packed, x.shape().dim(axis), axis), "unpacked" + end);
  }
  const auto [values, scale, zero] = quantizers::abs_max_quantize_grouped_with_zero_point(x, 2);
  expect(values, "grouped");
  expect(scale, "grouped_scale");
  expect(zero, "grouped_zero");
  expect(call_op1("_RoundToFloat8E4M3FN", {arrays.at("functions/wide")}), "float8_e4m3fn");
  expect(call_op1("_RoundToFloat8E5M2", {arrays.at("functions/wide")}), "float8_e5m2");
}

// What is not here says so: GPTQ and AWQ, and other layers with a quantised policy.
TEST(QuantizedLayers, Refused) {
  backend::clear_session();
  const TargetScope scope(Target::keras3);
  EXPECT_THROW(Dense(3, {.dtype = "gptq/4/128_from_float32"}), ValueError);
  const auto dense = Dense(3);
  dense->ensure_built({Shape{None, 4}});
  EXPECT_THROW(dense->quantize("awq"), ValueError);
  const Tensor x = Tensor::zeros(DType::float32, {2, 4});
  try {
    Flatten({.dtype = "int8_from_float32"})(x);
    ADD_FAILURE() << "is called";
  } catch (const NotImplementedError& error) {
    EXPECT_STREQ(error.what(), "Layer Flatten does not have a `_int8_call` method implemented.");
  }
  EXPECT_THROW(EinsumDense("...c,cd->...d", Shape{3}, {.dtype = "int8_from_float32"})(x), TypeError);
}

// tf.keras has no such layers.
TEST(QuantizedLayers, AreOfKeras3) {
  backend::clear_session();
  const TempDir dir;
  const auto model = Sequential({Input({4}), Dense(3, {.dtype = "int4/2_from_float32"})});
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    for (const std::string suffix : {".h5", ".keras", ""}) {
      if (target == "tf2.2" && suffix == ".keras") continue;
      try {
        model->save(dir.file("model" + suffix), {.target = target});
        ADD_FAILURE() << "is saved for " << target << suffix;
      } catch (const ValueError& error) {
        EXPECT_NE(std::string(error.what()).find("dtype = int4/2_from_float32"), std::string::npos) << error.what();
      }
    }
  }
}

// The gradient of the inputs is that of a layer with the numbers that the integers stand for.
TEST(QuantizedLayers, GradientOfInputs) {
  backend::clear_session();
  const TargetScope scope(Target::keras3);
  const auto x = Tensor::from<float>({2, 3}, {0.5F, -1, 0.25F, 2, 0.125F, -0.75F});
  const Dense dense(2, {.use_bias = false});
  dense->ensure_built({Shape{None, 3}});
  dense->set_weights({Tensor::from<float>({3, 2}, {0.5F, -0.25F, 1, 0.75F, -0.125F, 0.375F})});
  const auto gradient = [&] {
    GradientTape tape;
    tape.watch(x);
    const Tensor y = dense(x);
    return tape.gradient(ops::reduce_sum(y * y), x);
  };
  const auto before = gradient();
  dense->quantize("int8");
  expect_close(gradient(), before, 3e-2, 3e-2, "gradient");
}

// Integers add up to more than a float can hold.
TEST(QuantizedLayers, SumsAreExact) {
  backend::clear_session();
  const TargetScope scope(Target::keras3);
  constexpr std::int64_t kMany = 3000;
  const Dense dense(1, {.use_bias = false, .dtype = "int8_from_float32"});
  dense->ensure_built({Shape{None, kMany}});
  std::vector<float> x(kMany, 1), kernel(kMany, 127);
  x[0] = 1.0F / 127;
  kernel[0] = 1;
  dense->set_weights({Tensor::from<float>({kMany, 1}, kernel), Tensor::from<float>({1}, {127})});
  const Tensor y = dense(Tensor::from<float>({1, kMany}, x));
  const double scale = 127 / (1 + 1e-7) * 127;
  EXPECT_FLOAT_EQ(y.data<float>()[0], static_cast<float>((2999.0 * 127 * 127 + 1) / scale));
}

}  // namespace
}  // namespace hornbeam
