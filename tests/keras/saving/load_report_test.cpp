// What a load says of the training state in a file: restored, or named as unread.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::read_file;
using testing_support::TempDir;
using testing_support::write_file;

Tensor gap(const Tensor& y, const Tensor& p) { return ops::abs(y - p); }

// A trained model as a tf.keras 2.15 file.
std::string trained(const TempDir& dir, const Loss& loss) {
  backend::clear_session();
  const auto x = Input({2}, {.name = "x"});
  const ModelRef model = Functional(x, Dense(1, {.name = "out"})(x));
  model->compile({.optimizer = optimizers::SGD({.momentum = 0.9}), .loss = loss});
  model->train_on_batch(Tensor::from<float>({1, 2}, {1, 2}), Tensor::from<float>({1, 1}, {1}));
  const auto path = dir.file("trained.h5");
  model->save(path);
  return path;
}

const std::vector<std::string> kState = {"optimizer_weights/iteration:0", "optimizer_weights/SGD/m/out/kernel:0",
                                         "optimizer_weights/SGD/m/out/bias:0"};

TEST(LoadReport, RestoredStateIsMatched) {
  const TempDir dir;
  LoadReport report;
  models::load_model(trained(dir, "mse"), {.report = &report});
  for (const auto& name : kState) EXPECT_THAT(report.matched, Contains(name));
  EXPECT_THAT(report.unused, IsEmpty());
}

TEST(LoadReport, StateThatIsNotAskedForIsNamed) {
  const TempDir dir;
  LoadReport report;
  models::load_model(trained(dir, "mse"), {.compile = false, .report = &report});
  EXPECT_THAT(report.unused, ::testing::UnorderedElementsAre("training_config", kState[0], kState[1], kState[2]));
}

TEST(LoadReport, StateOfAModelThatIsNotCompiledIsNamed) {
  const TempDir dir;
  LoadReport report;
  const auto path = trained(dir, losses::custom("gap", gap));
  const auto model = models::load_model(path, {.report = &report});
  EXPECT_FALSE(model->is_compiled());
  EXPECT_THAT(report.unused, ::testing::UnorderedElementsAreArray(kState));
  EXPECT_THAT(report.notes, Contains(HasSubstr("Unknown loss function")));
  // With the function it is.
  EXPECT_TRUE(models::load_model(path, {.custom_objects = {{"gap", losses::custom("gap", gap)}}, .report = &report})
                  ->is_compiled());
  EXPECT_THAT(report.unused, IsEmpty());
}

TEST(LoadReport, StateWithoutATrainingConfigIsNamed) {
  const TempDir dir;
  const auto path = trained(dir, "mse");
  auto bytes = read_file(path);
  const std::string name = "training_config";
  ASSERT_NE(bytes.find(name), std::string::npos);
  bytes.replace(bytes.find(name), name.size(), "training_confiG");
  write_file(path, bytes);
  LoadReport report;
  models::load_model(path, {.report = &report});
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("No training configuration found in the save file")));
  EXPECT_THAT(report.unused, ::testing::UnorderedElementsAreArray(kState));
}

// Weights of a whole model's file.
TEST(LoadReport, LoadWeightsNamesWhatElseTheFileHolds) {
  const TempDir dir;
  const auto path = trained(dir, "mse");
  LoadReport report;
  const auto x = Input({2});
  Functional(x, Dense(1)(x))->load_weights(path, {.report = &report});
  EXPECT_THAT(report.unused, ::testing::UnorderedElementsAre("training_config", kState[0], kState[1], kState[2]));
}

TEST(LoadReport, VocabulariesThatH5FilesDoNotHold) {
  backend::clear_session();
  const auto load = [](const Config& vocabulary) {
    const TempDir dir;
    const auto x = Input({1}, {.dtype = "string"});
    const StringLookup words({.vocabulary = vocabulary, .name = "words"});
    const ModelRef model = Functional(x, words(x));
    const auto learned = Tensor::from<std::string>({2, 1}, {"a", "b"});
    if (vocabulary.is_null()) static_cast<IndexLookupLayer&>(*words).adapt(learned);
    model->save(dir.file("m.h5"), {.target = "keras3"});
    LoadReport report;
    models::load_model(dir.file("m.h5"), {.report = &report});
    return report.missing;
  };
  EXPECT_THAT(load({}), ElementsAre("words: its vocabulary, of which H5 files hold none"));
  EXPECT_THAT(load(Config::List{"a", "b"}), IsEmpty());
}

}  // namespace
}  // namespace hornbeam
