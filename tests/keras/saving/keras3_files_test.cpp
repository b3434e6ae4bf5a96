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

// Keras 3 compiles with "mse", but its H5 loader knows that loss only as "mean_squared_error" (metrics it knows either
// way).
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
  EXPECT_EQ(loss_in(model, "keras3").at("metrics").dump(), R"(["mae"])");
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
      modules[layer.at("class_name").as_string() + " " + layer.get_string("name", "")] = module ? *module : Config();
    }
    return modules;
  };
  const auto modules = modules_in("keras3");
  EXPECT_EQ(modules.at("Softmax one"), Config());
  EXPECT_EQ(modules.at("Softmax both"), Config("keras.layers"));
  EXPECT_EQ(modules.at("LayerNormalization normal"), Config("keras.layers"));
  EXPECT_EQ(modules.at("Dense out"), Config());
  EXPECT_EQ(modules.at("GetItem get_item"), Config("keras.src.ops.numpy"));
  const auto again = models::load_model(path);
  const auto rows = ops::reshape(ops::cast(ops::range(0, 24), DType::float32), Shape{2, 4, 3});
  const auto ours = model->predict(rows).tensor(), theirs = again->predict(rows).tensor();
  EXPECT_TRUE(std::ranges::equal(ours.data<float>(), theirs.data<float>()));
  for (const auto& [layer, module] : modules_in("tf2.15")) EXPECT_EQ(module, Config()) << layer;
}

}  // namespace
}  // namespace hornbeam
