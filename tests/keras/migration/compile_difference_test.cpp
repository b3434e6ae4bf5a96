// What models were compiled with, in comparisons and proofs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "hornbeam/hornbeam.hpp"
#include "keras/migration/known_differences.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::TempDir;

ModelRef compiled(const CompileOptions& options) {
  backend::clear_session();
  utils::set_random_seed(3);
  const auto x = Input({2}, {.name = "x"});
  const ModelRef model = Functional(x, Dense(3, {.name = "out"})(x), {.name = "m"});
  model->compile(options);
  return model;
}

std::vector<std::string> differences(const CompileOptions& a, const CompileOptions& b) {
  const auto first = compiled(a);
  return models::compare(first, compiled(b), {.weights = false, .optimizer = false}).config;
}

TEST(CompileDifference, LossesMetricsAndWeights) {
  const CompileOptions mse{.loss = "mse", .metrics = {"mae"}};
  EXPECT_THAT(differences(mse, mse), IsEmpty());
  EXPECT_THAT(differences(mse, {.loss = losses::MeanSquaredError(), .metrics = {"mae"}}), IsEmpty());
  EXPECT_THAT(differences(mse, {.loss = "mae", .metrics = {"mse"}}),
              ElementsAre("compile.out.loss.is: \"mean_squared_error\" and \"mean_absolute_error\"",
                          "compile.metrics[0][0].is: \"mean_absolute_error\" and \"mean_squared_error\"",
                          "compile.metrics[0][0].name: \"mae\" and \"mse\""));
  EXPECT_THAT(differences(mse, {.loss = "mse", .metrics = {"mae"}, .loss_weights = {2.0}}),
              ElementsAre("compile.out.loss_weight: 1.0 and 2.0"));
  EXPECT_THAT(differences({.loss = losses::Huber({.delta = 0.5})}, {.loss = losses::Huber({.delta = 2})}),
              ElementsAre("compile.out.loss.delta: 0.5 and 2.0"));
  EXPECT_THAT(differences(mse, {.loss = "mse"}), ElementsAre(HasSubstr("compile.metrics: ")));
}

// Legacy optimizers keep `decay` in float32 and tell it so or as it was given; nothing else is alike that differs.
TEST(CompileDifference, ADecayIsAlikeInFloat32) {
  const auto with = [](double decay, double rate) {
    const auto adam =
        optimizers::Adam({.learning_rate = rate, .generation = OptimizerGeneration::legacy, .decay = decay});
    return compiled({.optimizer = adam, .loss = "mse"});
  };
  const auto found = [&](const ModelRef& other) {
    return models::compare(with(0.1, 0.25), other, {.weights = false}).config;
  };
  EXPECT_THAT(found(with(0.10000000149011612, 0.25)), IsEmpty());
  EXPECT_THAT(found(with(0.1000001, 0.25)), ElementsAre(HasSubstr("optimizer.config.decay: ")));
  EXPECT_THAT(found(with(0.1, 0.2500000001)), ElementsAre(HasSubstr("optimizer.config.learning_rate: ")));
}

// In files of each kind, for each Keras, words and objects stand for the same.
TEST(CompileDifference, FilesOfOneModelAreAlike) {
  const TempDir dir;
  const auto model = compiled({.optimizer = "sgd", .loss = "mse", .metrics = {"mae", metrics::MeanSquaredError()}});
  std::vector<ModelRef> read;
  for (const auto* target : {"tf2.2", "tf2.15", "keras3"}) {
    const auto path = dir.file(std::string(target) + ".h5");
    model->save(path, {.target = target});
    read.push_back(models::load_model(path));
    if (target == std::string("tf2.2")) continue;
    model->save(dir.file(std::string(target) + ".keras"), {.save_format = "keras", .target = target});
    read.push_back(models::load_model(dir.file(std::string(target) + ".keras")));
  }
  for (const auto& one : read) {
    for (const auto& other : read) {
      EXPECT_THAT(models::compare(one, other, {.optimizer = false}).config, IsEmpty())
          << one->target() << " " << other->target();
    }
  }
}

TEST(CompileDifference, WorkInTheOtherKerasLeavesTheModelAsItWas) {
  const TempDir dir;
  compiled({.optimizer = "adam", .loss = "mse"})->save(dir.file("m.h5"), {.target = "tf2.15"});
  const auto model = models::load_model(dir.file("m.h5")), other = models::load_model(dir.file("m.h5"));
  other->set_target("keras3");
  const auto before = model->training_config();
  ASSERT_FALSE(before.is_null());
  const InTheOtherKeras there(model, other);
  EXPECT_EQ(there([&] { return model->target(); }), "keras3");
  EXPECT_EQ(model->target(), "tf2.15");
  EXPECT_EQ(model->training_config(), before);
}

// As Keras 3's own model_from_json: a config that says it makes a compiled model, which can be migrated with its
// weights.
TEST(CompileDifference, KerasThreesJsonIsCompiled) {
  const TempDir dir;
  compiled({.optimizer = "adam", .loss = "mse"})->save(dir.file("m.keras"), {.target = "keras3"});
  const auto model = models::load_model(dir.file("m.keras"));
  model->train_on_batch(Tensor::zeros(DType::float32, {1, 2}), Tensor::zeros(DType::float32, {1, 3}));
  model->save_weights(dir.file("m.weights.h5"));
  std::ofstream(dir.file("m.json")) << model->to_json();
  ASSERT_TRUE(models::model_from_json(model->to_json())->is_compiled());
  const auto report = models::migrate(dir.file("m.json"), dir.file("again.keras"),
                                      {.target = "keras3", .weights = dir.file("m.weights.h5")});
  EXPECT_TRUE(report.written) << report.to_string();
  EXPECT_EQ(models::load_model(dir.file("again.keras"))->optimizer()->iterations()->value().item<std::int64_t>(), 1);
}

// NaN is equal to NaN, and proves nothing of how it came about.
TEST(CompileDifference, NaN) {
  const auto model = [](double scale, double offset) -> ModelRef {
    backend::clear_session();
    const auto x = Input({2}, {.name = "x"});
    return Functional(x, Rescaling(scale, {.offset = {offset}, .name = "r"})(x), {.name = "m"});
  };
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(models::compare(model(nan, 0), model(nan, 0)).equal());
  EXPECT_THAT(models::compare(model(nan, 0), model(1, 0)).config,
              ElementsAre("config.layers[1].config.scale: NaN and 1.0"));
  const auto found = models::compare(model(nan, 0), model(nan, 5), {.config = false, .run = true});
  EXPECT_FALSE(found.equal());
  EXPECT_TRUE(found.equal_but_unproved());
  EXPECT_THAT(found.unproved, ElementsAre("predictions: r has no finite number, in neither model"));
}

TEST(CompileDifference, ACheckpointReplacesNeitherOfItsFilesUnlessTold) {
  const TempDir dir;
  compiled({.loss = "mse"})->save(dir.file("m.h5"));
  const MigrateOptions options{.target = "tf2.15", .save_format = "checkpoint", .overwrite = false, .prove = false};
  std::ofstream(dir.file("out.json")) << "mine";
  EXPECT_THROW(models::migrate(dir.file("m.h5"), dir.file("out"), options), OSError);
  EXPECT_EQ(dir.count(), 2U);  // no weights either
  EXPECT_THROW(models::migrate(dir.file("m.h5"), dir.file("new"), {.target = "keras3", .save_format = "checkpoint"}),
               ValueError);
  EXPECT_EQ(dir.count(), 2U);
}

}  // namespace
}  // namespace hornbeam
