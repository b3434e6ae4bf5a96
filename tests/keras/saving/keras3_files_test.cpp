// H5 files for Keras 3, where they are other than its own: what it cannot read back of those.
#include <gtest/gtest.h>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/operators.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing_support::TempDir;
namespace hdf5 = formats::hdf5;

Config attribute_of(const std::string& path, const char* name) {
  return Config::parse(hdf5::File::open(path)->root().attribute(name).as_string());
}

// What Keras 3's own "mae" is; it would call the word, read from a file, by the function's name.
constexpr const char* kMae =
    R"({"class_name": "MeanMetricWrapper", "config": {"name": "mae", "dtype": "float32", "fn": {"module": "builtins", )"
    R"("class_name": "function", "config": "mean_absolute_error", "registered_name": "function"}}})";

// Keras 3 compiles with "mse", but its H5 loader knows that loss only as "mean_squared_error".
TEST(Keras3Files, LossesHaveTheirFullNames) {
  const TempDir dir;
  const auto path = dir.file("model.h5");
  const auto loss_in = [&](const ModelRef& model, const char* target) {
    model->save(path, {.target = target});
    return attribute_of(path, "training_config");
  };
  backend::clear_session();
  const auto x = Input({4}, {.name = "x"});
  const ModelRef model(Functional(x, Dense(2, {.name = "out"})(x)));
  model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  EXPECT_EQ(loss_in(model, "tf2.15").at("loss"), Config("mse"));
  EXPECT_EQ(loss_in(model, "keras3").at("loss"), Config("mean_squared_error"));
  EXPECT_EQ(loss_in(model, "keras3").at("metrics").dump(), "[" + std::string(kMae) + "]");
  model->compile({.optimizer = "sgd", .loss = {{"out", "mae"}}});
  EXPECT_EQ(loss_in(model, "keras3").at("loss").dump(), R"({"out": "mean_absolute_error"})");
}

// Layers without a module are read by rules that know no operations and forget an axis that is none or several.
TEST(Keras3Files, LayersHaveAModuleWhereItIsNeeded) {
  const TempDir dir;
  const auto path = dir.file("model.h5");
  backend::clear_session();
  const auto x = Input({4, 3}, {.name = "x"});
  auto y = Softmax({.axis = {1, 2}, .name = "both"})(Softmax({.axis = {1}, .name = "one"})(x));
  y = Dense(2, {.name = "out"})(LayerNormalization({.axis = {1, 2}, .name = "normal"})(y));
  const ModelRef model(Functional(x, ops::getitem(y, {Slice{}, 0})));
  const auto modules_in = [&](const char* target) {
    model->save(path, {.target = target});
    std::map<std::string, Config> modules;
    const auto config = attribute_of(path, "model_config");
    for (const auto& layer : config.at("config").at("layers").as_list()) {
      const auto* module = layer.find("module");
      modules[layer.get_string("name", "")] = module ? *module : Config();
    }
    return modules;
  };
  const auto modules = modules_in("keras3");
  EXPECT_EQ(modules.at("one"), Config());
  EXPECT_EQ(modules.at("both"), Config("keras.layers"));
  EXPECT_EQ(modules.at("normal"), Config("keras.layers"));
  EXPECT_EQ(modules.at("out"), Config());
  EXPECT_EQ(modules.at(model->layers().back()->name()), Config("keras.src.ops.numpy"));
  const auto again = models::load_model(path);
  const auto rows = ops::reshape(ops::cast(ops::range(0, 24), DType::float32), Shape{2, 4, 3});
  const auto ours = model->predict(rows).tensor(), theirs = again->predict(rows).tensor();
  EXPECT_TRUE(std::ranges::equal(ours.data<float>(), theirs.data<float>()));
  for (const auto& [layer, module] : modules_in("tf2.15")) EXPECT_EQ(module, Config()) << layer;
}

// Keras 3 puts a custom function in the place of every text of its name, the metric's own name too.
TEST(Keras3Files, CustomMetricsAreTheirNamesAlone) {
  const TempDir dir;
  const auto path = dir.file("model.h5");
  backend::clear_session();
  const auto x = Input({4}, {.name = "x"});
  const ModelRef model(Functional(x, Dense(2, {.name = "out"})(x)));
  const auto farthest = [](const Tensor& t, const Tensor& p) { return ops::reduce_max(ops::abs(t - p), -1); };
  model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {metrics::custom("farthest", farthest)}});
  model->save(path, {.target = "keras3"});
  EXPECT_EQ(attribute_of(path, "training_config").at("metrics").dump(), R"(["farthest"])");
}

// Keras 2 puts the output's name before the metric's, Keras 3 when it tells results: with both it would stand twice.
TEST(Keras3Files, MetricsOfSeveralOutputsAreInListsWithoutTheOutputsNames) {
  const TempDir dir;
  const auto path = dir.file("model.h5");
  backend::clear_session();
  const auto x = Input({4}, {.name = "x"});
  const ModelRef model(
      Functional(x, Values({Dense(2, {.name = "a"})(x), Dense(3, {.activation = "softmax", .name = "b"})(x)})));
  const auto metrics_in = [&](const CompileOptions& options) {
    model->compile(options);
    const auto rows = Tensor::zeros(DType::float32, {2, 4});
    model->train_on_batch(rows, Values({Tensor::zeros(DType::float32, {2, 2}), Tensor::zeros(DType::float32, {2, 3})}));
    model->save(path, {.target = "keras3"});
    return attribute_of(path, "training_config").at("metrics").dump();
  };
  const std::string mae = kMae;
  EXPECT_EQ(metrics_in({.optimizer = "sgd",
                        .loss = "mse",
                        .metrics = Metrics::per_output({{metrics::MeanAbsoluteError({.name = "far"})}, {"accuracy"}})}),
            R"([[{"class_name": "MeanAbsoluteError", "config": {"name": "far", "dtype": "float32"}}], ["accuracy"]])");
  EXPECT_EQ(metrics_in({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}}), "[[" + mae + "], [" + mae + "]]");
  EXPECT_EQ(metrics_in({.optimizer = "sgd", .loss = "mse", .metrics = {{"b", {"mae"}}}}), R"({"b": [)" + mae + "]}");
}

// As Keras 3's train_on_batch lists them: "loss", the outputs' losses, then what is left by name.
TEST(Keras3Files, ResultsOfSeveralOutputsComeByName) {
  const TempDir dir;
  const auto path = dir.file("model.h5");
  backend::clear_session();
  const auto x = Input({4}, {.name = "x"});
  const ModelRef model(Functional(x, Values({Dense(2, {.name = "b"})(x), Dense(2, {.name = "a"})(x)})));
  model->compile({.optimizer = "sgd", .loss = "mse", .metrics = Metrics::per_output({{"mse", "mae"}, {"mae"}})});
  const auto rows = Tensor::zeros(DType::float32, {2, 4});
  const Values labels({Tensor::zeros(DType::float32, {2, 2}), Tensor::zeros(DType::float32, {2, 2})});
  const auto names_of = [&](const char* target) {
    model->save(path, {.target = target});
    return models::load_model(path)->train_on_batch(rows, labels).names();
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of("tf2.15"), (Names{"loss", "b_loss", "a_loss", "b_mse", "b_mae", "a_mae"}));
  EXPECT_EQ(names_of("keras3"), (Names{"loss", "b_loss", "a_loss", "a_mae", "b_mae", "b_mse"}));
}

}  // namespace
}  // namespace hornbeam
