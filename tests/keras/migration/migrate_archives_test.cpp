// models::migrate to and from .keras archives, and what its report tells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing_support::TempDir;

const std::string kArchives = test_data("keras") + "/keras_v3/";

// Migrates, with all of the proof.
void expect_archive(const std::string& in, const std::string& target, const std::string& from) {
  SCOPED_TRACE(in + " for " + target);
  const TempDir dir;
  const auto out = dir.file("out.keras");
  const auto report = models::migrate(in, out, {.target = target});
  EXPECT_TRUE(report.written) << report.to_string();
  EXPECT_EQ(report.loaded.format, from);
  EXPECT_EQ(report.saved.format, "keras_v3");
  EXPECT_EQ(report.saved.target, target);
  EXPECT_EQ(testing_support::read_file(out).substr(0, 2), "PK");
  std::vector<std::string> parts;
  for (const auto& part : report.proof->arrays) parts.push_back(part.part);
  for (const auto* part : {"weights", "optimizer", "predictions", "gradients", "loss and metrics", "trained weights"}) {
    EXPECT_THAT(parts, Contains(part));
  }
  LoadReport loaded;
  EXPECT_TRUE(models::load_model(out, {.report = &loaded})->is_compiled());
  EXPECT_EQ(loaded.format, "keras_v3");
  EXPECT_EQ(loaded.keras_version.substr(0, 2), target == "keras3" ? "3." : "2.") << loaded.keras_version;
}

TEST(MigrateArchives, FromEachKindOfFileOfEachKeras) {
  const TempDir dir;
  const auto demo = test_data("") + "/demo/model.h5";
  models::load_model(demo)->save(dir.file("folder"), {.save_format = "tf", .target = "tf2.2"});
  for (const auto* target : {"keras3", "tf2.15"}) {
    expect_archive(demo, target, "h5");
    expect_archive(dir.file("folder"), target, "saved_model");
    expect_archive(kArchives + "tf-2.15.1.keras", target, "keras_v3");
    expect_archive(kArchives + "keras-3.15.1.keras", target, "keras_v3");
  }
}

// tf.keras 2.2 knows no archives: the name is one of H5's.
TEST(MigrateArchives, For22TheNameIsOfH5) {
  const TempDir dir;
  const auto report = models::migrate(kArchives + "keras-3.15.1.keras", dir.file("out.keras"), {.target = "tf2.2"});
  EXPECT_TRUE(report.written) << report.to_string();
  EXPECT_EQ(report.saved.format, "h5");
}

// Its TextVectorization has the vocabulary in no config.
TEST(MigrateArchives, For22NoVocabularyIsLostInSilence) {
  const TempDir dir;
  backend::clear_session();
  const auto x = Input({1}, {.dtype = "string"});
  Functional(x, TextVectorization({.vocabulary = Config::List{"a", "b"}})(x))
      ->save(dir.file("in.h5"), {.target = "tf2.15"});
  EXPECT_THAT(
      [&] { models::migrate(dir.file("in.h5"), dir.file("out.h5"), {.target = "tf2.2"}); },
      ::testing::ThrowsMessage<ValueError>(HasSubstr("has a vocabulary, which H5 files do not hold for tf2.2")));
  EXPECT_EQ(dir.count(), 1U);
  EXPECT_TRUE(models::migrate(dir.file("in.h5"), dir.file("out.keras"), {.target = "keras3"}).written);
}

// Keras 2 opens no H5 file of a layer that learns its vocabulary, even before it has.
TEST(MigrateArchives, ForKeras2ThereIsNoH5OfVocabulariesThatAreLearned) {
  const TempDir dir;
  backend::clear_session();
  const auto x = Input({1}, {.dtype = "string"});
  const auto model = Functional(x, TextVectorization({.max_tokens = 8})(x));
  for (const auto* target : {"tf2.2", "tf2.15"}) {
    EXPECT_THAT([&] { model->save(dir.file("out.h5"), {.target = target}); },
                ::testing::ThrowsMessage<NotImplementedError>(HasSubstr("has no vocabulary")))
        << target;
  }
  EXPECT_EQ(dir.count(), 0U);
  model->save(dir.file("out.h5"), {.target = "keras3"});
}

TEST(MigrateArchives, TheReportTellsWhatTheLoadLost) {
  const TempDir dir;
  backend::clear_session();
  const auto x = Input({4});
  auto model = Functional(x, Dense(2, {.name = "out"})(x));
  model->add_metric(ops::reduce_mean(model->symbolic_outputs().tensor()), "middle");
  model->compile({.optimizer = optimizers::SGD({.momentum = 0.5}), .loss = "mse"});
  testing_support::write_file(dir.file("in.json"), model->to_json("tf2.15"));
  model->save(dir.file("in.keras"), {.target = "tf2.15"});
  const auto report = models::migrate(dir.file("in.json"), dir.file("out.h5"),
                                      {.target = "tf2.15", .weights = dir.file("in.keras"), .prove = false});
  EXPECT_TRUE(report.written);
  EXPECT_THAT(report.to_string(), HasSubstr("not taken from the file: optimizer/vars/0\n"));
  // The config's part of the report stands beside that of the weights.
  EXPECT_THAT(report.to_string(), HasSubstr("note: AddMetric "));
  EXPECT_THAT(report.loaded.matched, Contains("out/kernel"));
}

TEST(MigrateArchives, WhatIsConvertedIsToldOnce) {
  const TempDir dir;
  const auto report =
      models::migrate(kArchives + "keras-3.15.1.keras", dir.file("folder"), {.target = "tf2.15", .save_format = "tf"});
  EXPECT_TRUE(report.written) << report.to_string();
  auto lines = report.saved.converted;
  ASSERT_FALSE(lines.empty());
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(std::adjacent_find(lines.begin(), lines.end()), lines.end());
}

}  // namespace
}  // namespace hornbeam
