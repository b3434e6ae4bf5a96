// models::compare and models::migrate: what is found equal, what is found different, and what cannot be told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::TempDir;

const std::string kDemo = test_data("") + "/demo/model.h5";

ModelRef make_model(std::int64_t units = 3) {
  backend::clear_session();
  utils::set_random_seed(7);
  const auto x = Input({4}, {.name = "x"});
  const auto y = Dense(2, {.name = "out"})(Dropout(0.5)(Dense(units, {.activation = "relu", .name = "hidden"})(x)));
  ModelRef model = Functional(x, y, {.name = "net"});
  model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse", .metrics = {"mae"}});
  return model;
}

std::vector<std::string> parts_of(const ModelComparison& found) {
  std::vector<std::string> parts;
  for (const auto& part : found.arrays) parts.push_back(part.part);
  return parts;
}

const ArrayComparison& part(const ModelComparison& found, const std::string& name) {
  for (const auto& each : found.arrays) {
    if (each.part == name) return each;
  }
  throw KeyError(name);
}

TEST(Compare, EqualModels) {
  const auto found = models::compare(make_model(), make_model(), {.run = true, .train = true});
  EXPECT_TRUE(found.equal()) << found.to_string();
  EXPECT_THAT(parts_of(found), ElementsAre("weights", "optimizer", "predictions", "predictions of wide inputs",
                                           "gradients", "loss and metrics", "trained weights"));
  for (const auto& each : found.arrays) EXPECT_EQ(each.max_difference, 0) << each.part;
  EXPECT_GT(part(found, "predictions").largest, 0);
  EXPECT_GT(part(found, "gradients").largest, 0);
  EXPECT_THAT(found.not_compared, ElementsAre());
}

TEST(Compare, AnotherWeight) {
  const auto a = make_model(), b = make_model();
  auto weights = b->get_weights();
  weights[0] = weights[0] + 0.25;
  b->set_weights(weights);
  const auto found = models::compare(a, b, {.run = true});
  EXPECT_FALSE(found.equal());
  EXPECT_NEAR(part(found, "weights").max_difference, 0.25, 1e-6);
  EXPECT_THAT(part(found, "weights").where, HasSubstr("hidden/kernel:0, element "));
  EXPECT_GT(part(found, "predictions").max_difference, 0);
  EXPECT_THAT(found.to_string(), HasSubstr("TOO FAR"));
  EXPECT_TRUE(models::compare(a, b, {.tolerance = 1}).equal());  // one unit of the largest element
}

TEST(Compare, AnotherConfig) {
  const auto found = models::compare(make_model(3), make_model(5), {.run = true});
  EXPECT_FALSE(found.equal());
  EXPECT_THAT(found.config, Contains(HasSubstr(".units: 3 and 5")));
  EXPECT_EQ(part(found, "weights").max_difference, std::numeric_limits<double>::infinity());
  EXPECT_THAT(part(found, "weights").where, HasSubstr("(4, 3) and (4, 5)"));
}

TEST(Compare, AnotherOptimizer) {
  const auto a = make_model(), b = make_model();
  b->compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "mse", .metrics = {"mae"}});
  EXPECT_THAT(models::compare(a, b).config, ElementsAre(HasSubstr("optimizer.config.learning_rate: 0.0099999")));
  EXPECT_TRUE(models::compare(a, b, {.optimizer = false}).equal());
  const auto plain = models::clone_model(*a);
  plain->set_weights(a->get_weights());
  EXPECT_THAT(models::compare(a, plain).config, ElementsAre("only the first model is compiled"));
  // Without a loss: the gradients of the outputs' sum, and no step.
  const auto found = models::compare(plain, a, {.optimizer = false, .run = true, .train = true});
  EXPECT_THAT(parts_of(found), ElementsAre("weights", "predictions", "predictions of wide inputs", "gradients"));
}

TEST(Compare, NaNIsAnotherNumberButEqualToItself) {
  const auto a = make_model(), b = make_model();
  auto weights = b->get_weights();
  weights[1] = weights[1] + std::numeric_limits<double>::quiet_NaN();
  b->set_weights(weights);
  EXPECT_FALSE(models::compare(a, b, {.tolerance = 1e9}).equal());
  a->set_weights(weights);
  EXPECT_TRUE(models::compare(a, b).equal());
}

TEST(Compare, EmbeddingsAreLookedUpInAllTheirRows) {
  const auto make = [] {
    backend::clear_session();
    utils::set_random_seed(3);
    return ModelRef(Sequential({Input({6}, {.dtype = "int32"}), Embedding(5, 2), Flatten(), Dense(1)}));
  };
  const auto a = make(), b = make();
  auto weights = b->get_weights();
  const auto last_row = ops::reshape(ops::one_hot(Tensor::scalar<std::int32_t>(4), 5), {5, 1});
  weights[0] = weights[0] + last_row;
  b->set_weights(weights);
  EXPECT_GT(part(models::compare(a, b, {.run = true}), "predictions").max_difference, 0);
}

TEST(Migrate, AFileOfKerasToEachKindAndTarget) {
  const TempDir dir;
  for (const auto& [out, target, format] : std::vector<std::array<std::string, 3>>{{"a.h5", "tf2.2", ""},
                                                                                   {"b.h5", "tf2.15", ""},
                                                                                   {"c.h5", "keras3", ""},
                                                                                   {"folder", "tf2.2", ""},
                                                                                   {"other", "tf2.15", "tf"},
                                                                                   {"ckpt", "tf2.15", "checkpoint"}}) {
    SCOPED_TRACE(out);
    const auto report = models::migrate(kDemo, dir.file(out), {.target = target, .save_format = format});
    EXPECT_EQ(report.saved.target, target);
    ASSERT_TRUE(report.proof);
    EXPECT_TRUE(report.proof->equal()) << report.to_string();
    // A checkpoint's config does not say how the model was compiled.
    EXPECT_THAT(parts_of(*report.proof), Contains(format == "checkpoint" ? "gradients" : "trained weights"));
  }
  // And back.
  const auto report = models::migrate(dir.file("ckpt.json"), dir.file("back.h5"), {.weights = dir.file("ckpt")});
  EXPECT_EQ(report.loaded.format, "checkpoint");
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
  EXPECT_THAT([&] { models::migrate(dir.file("ckpt.json"), dir.file("no.h5")); },
              ::testing::ThrowsMessage<ValueError>(HasSubstr("a config without weights")));
}

TEST(Migrate, WhatTheTargetCannotHoldIsToldBeforeAnythingIsWritten) {
  const TempDir dir;
  const auto model = make_model();
  model->compile({.optimizer = optimizers::SGD({.global_clipnorm = 1.0}), .loss = "mse"});
  model->save(dir.file("in.h5"), {.target = "tf2.15"});
  EXPECT_THAT([&] { models::migrate(dir.file("in.h5"), dir.file("out.h5"), {.target = "tf2.2"}); },
              ::testing::ThrowsMessage<ValueError>(HasSubstr("tf.keras 2.2 has no optimizer with global_clipnorm")));
  EXPECT_FALSE(std::filesystem::exists(dir.file("out.h5")));
  const auto report =
      models::migrate(dir.file("in.h5"), dir.file("out.h5"), {.target = "tf2.2", .include_optimizer = false});
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
}

// A model of images whose statistics a step moves.
ModelRef of_images() {
  backend::clear_session();
  utils::set_random_seed(5);
  const auto x = Input({6, 6, 2});
  ModelRef model =
      Functional(x, GlobalAveragePooling2D()(BatchNormalization({.momentum = 0.5, .name = "bn"})(Conv2D(3, 3)(x))));
  model->compile({.optimizer = optimizers::SGD(), .loss = "mse"});
  return model;
}

TEST(Migrate, MovingVariancesOfKeras3AreThoseOfTfKerasButForTheSample) {
  const TempDir dir;
  of_images()->save(dir.file("in.h5"), {.target = "tf2.15"});
  const auto report = models::migrate(dir.file("in.h5"), dir.file("out.h5"), {.target = "keras3"});
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
  EXPECT_THAT(report.proof->explained, ElementsAre(HasSubstr("moved variances: one of the Kerases updates them")));
  EXPECT_THAT(parts_of(*report.proof), Contains("moved statistics"));  // the means
  // Within one kind they are compared.
  const auto same = models::migrate(dir.file("in.h5"), dir.file("same.h5"), {.target = "tf2.2"});
  EXPECT_THAT(same.proof->explained, ElementsAre());
  EXPECT_TRUE(same.proof->equal()) << same.to_string();
}

TEST(Compare, OtherVariancesAreNotExcused) {
  const auto a = of_images(), b = of_images();
  b->set_target("keras3");
  auto weights = b->get_weights();
  weights[5] = weights[5] * 1.5;
  b->set_weights(weights);
  const auto found = models::compare(a, b, {.weights = false, .run = true, .train = true});
  EXPECT_FALSE(part(found, "moved variances").within(found.tolerance)) << found.to_string();
}

// Another function each time it is traced: no model with it equals another.
Tensor drifting(const Tensor& x) {
  static int traces = 0;
  return x + static_cast<double>(++traces);
}

TEST(Migrate, WhatIsNotProvedIsNotWritten) {
  const TempDir dir;
  const CustomObjects objects{{"drifting", HB_FUNCTION(drifting)}};
  const CustomObjectScope scope(objects);
  backend::clear_session();
  const auto x = Input({4});
  Functional(x, Dense(2, {.activation = "drifting"})(x))->save(dir.file("in.h5"), {.target = "tf2.15"});
  testing_support::write_file(dir.file("out.h5"), "what was there");
  const auto before = dir.count();
  for (const auto& [out, format] : std::vector<std::pair<std::string, std::string>>{
           {"out.h5", ""}, {"new.h5", ""}, {"new.keras", ""}, {"folder", "tf"}, {"ckpt", "checkpoint"}}) {
    SCOPED_TRACE(out);
    const auto report = models::migrate(dir.file("in.h5"), dir.file(out), {.save_format = format});
    EXPECT_FALSE(report.proof->equal());
    EXPECT_FALSE(report.written);
  }
  EXPECT_EQ(testing_support::read_file(dir.file("out.h5")), "what was there");
  EXPECT_EQ(dir.count(), before);
  models::migrate(dir.file("in.h5"), dir.file("out.h5"), {.prove = false});
  EXPECT_NE(testing_support::read_file(dir.file("out.h5")), "what was there");
}

TEST(Migrate, WhatIsThereIsReplacedOrLeftAsTold) {
  const TempDir dir;
  testing_support::write_file(dir.file("out.h5"), "what was there");
  EXPECT_THROW(models::migrate(kDemo, dir.file("out.h5"), {.overwrite = false}), Error);
  EXPECT_EQ(testing_support::read_file(dir.file("out.h5")), "what was there");
  EXPECT_EQ(dir.count(), 1U);
  models::migrate(kDemo, dir.file("out.h5"));
  EXPECT_TRUE(models::migrate(dir.file("out.h5"), dir.file("out.h5"), {.target = "keras3"}).proof->equal());
  for (const auto* folder : {"folder/", "folder"}) {
    const auto report =
        models::migrate(dir.file("out.h5"), dir.file(folder), {.target = "tf2.15", .save_format = "tf"});
    EXPECT_EQ(report.saved.path, dir.file(folder));
  }
  EXPECT_EQ(dir.count(), 2U);
}

TEST(Migrate, ALayerThatTheTargetCannotHoldIsToldBeforeAnythingIsWritten) {
  const TempDir dir;
  backend::clear_session();
  const auto x = Input({4});
  Functional(x, Dense(2, {.activation = "gelu"})(x))->save(dir.file("in.h5"), {.target = "tf2.15"});
  for (const auto& each :
       std::vector<std::pair<std::string, std::string>>{{"out.h5", ""}, {"folder", "tf"}, {"ckpt", "checkpoint"}}) {
    const auto &out = each.first, &format = each.second;  // clang 14's lambdas capture no structured binding
    SCOPED_TRACE(out);
    EXPECT_THAT([&] { models::migrate(dir.file("in.h5"), dir.file(out), {.target = "tf2.2", .save_format = format}); },
                ::testing::ThrowsMessage<ValueError>(HasSubstr("Dense layer 'dense' has the activation gelu")));
    EXPECT_EQ(dir.count(), 1U);
  }
}

}  // namespace
}  // namespace hornbeam
