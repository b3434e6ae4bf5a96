// Layers with LoRA against what Keras 3 did with them: configs, weights and their order, predictions, training, and the
// three kinds of file, which forget in different ways.
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/recorded_weights.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing_support::expect_close;
using testing_support::last_names;
using testing_support::numbered_arrays;
using testing_support::Recorded;
using testing_support::TempDir;

constexpr double kRtol = 2e-5, kAtol = 2e-6;

const Recorded& recorded() {
  static const Recorded all("lora", "keras-3.15.1");
  return all;
}

std::string file_of(const std::string& name) { return test_data("keras") + "/lora/" + name; }

std::vector<Tensor> arrays(const std::string& stem) { return numbered_arrays(recorded(), stem); }

class Lora : public testing::TestWithParam<std::string> {
 protected:
  Lora() { backend::clear_session(); }
  const Config& record() const { return recorded().json.at("models").at(GetParam()); }
  Tensor array(const std::string& what) const { return recorded().arrays.at(GetParam() + "/" + what); }
  std::vector<Tensor> list(const std::string& what) const { return arrays(GetParam() + "/" + what); }
  // A bfloat16 sum is rounded once more or less; what it is rounded to counts 1 / 256.
  double rtol() const { return GetParam() == "mixed" ? 2e-2 : kRtol; }
  double atol() const { return GetParam() == "mixed" ? 2e-2 : kAtol; }

  ModelRef model() const {
    const auto made = models::model_from_json(record().at("config").as_string());
    made->set_weights(list("weights"));
    return made;
  }
  void expect_predicts(Model& model, const std::string& what) const {
    const auto y = ops::cast(model.predict(array("x")).tensor(), DType::float32);
    expect_close(y, array(what), rtol(), atol(), what);
  }
  void expect_weights(const Model& model, const std::string& what, double rtol, double atol) const {
    const auto got = model.get_weights(), want = list(what);
    ASSERT_EQ(got.size(), want.size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i) {
      expect_close(got[i], want[i], rtol, atol, what + " " + std::to_string(i));
    }
  }
};

TEST_P(Lora, Config) {
  auto text = record().at("config").as_string();
  const auto made = models::model_from_json(text);
  if (GetParam() == "enabled") {  // in Keras, too, a layer that is built from it forgets what it was told
    const std::string told = "\"lora_alpha\": 7";
    text.replace(text.find(told), told.size(), "\"lora_alpha\": 2");
  }
  EXPECT_EQ(made->to_json(), text);
}

TEST_P(Lora, OrderOfWeights) {
  const auto made = model();
  EXPECT_EQ(last_names(made->weights()), last_names(record().at("paths")));
  EXPECT_EQ(last_names(made->trainable_weights()), last_names(record().at("trainable")));
}

// Not of the layer that was told later ("enabled"): its config says an alpha that building with it forgets. It has a
// test of its own.
class LoraOfConfig : public Lora {};

TEST_P(LoraOfConfig, Predictions) { expect_predicts(*model(), "y"); }

TEST_P(LoraOfConfig, Training) {
  const auto made = model();
  const TargetScope scope(Target::keras3);
  made->compile({.optimizer = optimizers::SGD({.learning_rate = 0.25, .momentum = 0.5}), .loss = "mean_squared_error"});
  for (const auto& loss : record().at("losses").as_list()) {
    const auto got = made->train_on_batch(array("x"), array("towards"));
    EXPECT_NEAR(got.at("loss"), loss.as_double(), std::max(rtol(), 1e-5) * std::abs(loss.as_double()));
  }
  expect_weights(*made, "trained", std::max(rtol(), 1e-4), std::max(atol(), 1e-5));
}

TEST_P(Lora, Files) {
  for (const std::string kind : {"keras", "h5"}) {
    SCOPED_TRACE(kind);
    LoadReport report;
    const auto loaded = models::load_model(file_of(GetParam() + "." + kind), {.report = &report});
    EXPECT_TRUE(report.missing.empty() && report.unused.empty()) << report.to_string();
    EXPECT_EQ(last_names(loaded->weights()), last_names(record().at("paths_of_" + kind)));
    expect_weights(*loaded, kind, 0, 0);
    expect_predicts(*loaded, "y_of_" + kind);
    // Saved again, the same.
    const TempDir dir;
    const auto path = dir.file("again." + kind);
    loaded->save(path);
    const auto again = models::load_model(path);
    expect_weights(*again, kind, 0, 0);
    EXPECT_EQ(again->to_json(), loaded->to_json());
  }
}

// What is stored of kernels is the sum, whoever writes it; it is read as the kernel.
TEST_P(Lora, WeightsFiles) {
  const auto made = model();
  models::load_weights(*made, file_of(GetParam() + ".weights.h5"));
  expect_weights(*made, "keras", 0, 0);
  const auto before = model();
  const TempDir dir;
  const auto path = dir.file("again.weights.h5");
  before->save_weights(path);
  const auto again = model();
  models::load_weights(*again, path);
  const auto got = again->get_weights(), want = list("keras");
  ASSERT_EQ(got.size(), want.size());
  // "enabled" forgot its alpha when it was built.
  if (GetParam() == "enabled") return;
  for (std::size_t i = 0; i < got.size(); ++i) expect_close(got[i], want[i], rtol(), atol(), std::to_string(i));
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, record] : recorded().json.at("models").as_dict()) all.push_back(name);
  return all;
}
std::vector<std::string> names_but_enabled() {
  auto all = names();
  std::erase(all, "enabled");
  return all;
}
INSTANTIATE_TEST_SUITE_P(Keras, Lora, testing::ValuesIn(names()), [](const auto& test) { return test.param; });
INSTANTIATE_TEST_SUITE_P(Keras, LoraOfConfig, testing::ValuesIn(names_but_enabled()),
                         [](const auto& test) { return test.param; });

// A model that has predicted before predicts otherwise once its layer is told to adapt.
TEST(LoraLayers, ToldLater) {
  backend::clear_session();
  const TargetScope scope(Target::keras3);
  const auto x = recorded().arrays.at("enabled/x");
  const Dense dense(3);
  const auto model = Sequential({Input({4}), dense});
  model->predict(x);
  dense->enable_lora(2, {.lora_alpha = 7.0});
  EXPECT_TRUE(dense->lora_enabled());
  model->set_weights(arrays("enabled/weights"));
  expect_close(model->predict(x).tensor(), recorded().arrays.at("enabled/y"), kRtol, kAtol, "told later");
  EXPECT_EQ(dense->get_config().at("lora_rank"), Config(2));
  EXPECT_EQ(dense->get_config().at("lora_alpha"), Config(7.0));
  // Of such a model the weights' file holds the sum with its own alpha.
  const TempDir dir;
  const auto path = dir.file("told.weights.h5");
  model->save_weights(path);
  models::load_weights(*model, path);
  const auto got = model->get_weights(), want = arrays("enabled/keras");
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) expect_close(got[i], want[i], kRtol, kAtol, std::to_string(i));
}

TEST(LoraLayers, Errors) {
  const auto built = [](const auto& layer) {
    layer->ensure_built({Shape{None, 4}});
    return layer;
  };
  const std::map<std::string, std::function<void()>> calls{
      {"not_built", [] { Dense(3)->enable_lora(2); }},
      {"twice", [&] { built(Dense(3, {.lora_rank = 2}))->enable_lora(2); }},
      {"constraint", [&] { built(Dense(3, {.kernel_constraint = "max_norm", .lora_rank = 2})); }},
      {"constraint_of_embeddings",
       [&] { built(Embedding(3, 2, {.embeddings_constraint = "max_norm", .lora_rank = 2})); }},
      {"constraint_before_build", [] { Conv1D(3, 2, {.kernel_constraint = "max_norm"})->enable_lora(2); }}};
  const auto& errors = recorded().json.at("errors");
  EXPECT_EQ(errors.size(), calls.size());
  for (const auto& [name, call] : calls) {
    try {
      call();
      ADD_FAILURE() << name << " says nothing";
    } catch (const ValueError& error) {
      EXPECT_EQ(error.what(), errors.at(name).at("message").as_string()) << name;
    }
  }
  EXPECT_THROW(built(Dense(3, {.lora_rank = -1})), ValueError);
  EXPECT_THROW(built(Dense(3))->enable_lora(0), ValueError);
}

// tf.keras has no such layers.
TEST(LoraLayers, AreOfKeras3) {
  backend::clear_session();
  const TempDir dir;
  const auto model = Sequential({Input({4}), Dense(3, {.lora_rank = 2, .name = "adapted"})});
  try {
    model->save(dir.file("model.h5"), {.target = "tf2.15"});
    ADD_FAILURE() << "is saved";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("lora_rank = 2"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace hornbeam
