// Weights files into other models than they came from: by name, with mismatches skipped; weights mapped from the file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "support/error_of.h"
#include "support/files.h"
#include "support/temp_dir.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;
using testing::ElementsAre;

namespace {

Sequential model_of(const std::vector<std::pair<const char*, std::int64_t>>& layers) {
  std::vector<SequentialItem> items{Input({3})};
  for (const auto& [name, units] : layers) {
    items.emplace_back(Dense(units, {.bias_initializer = "random_normal", .name = name}));
  }
  return Sequential(items, {.name = "m"});
}

bool same(const Layer& a, const Layer& b) {
  const auto x = a.get_weights(), y = b.get_weights();
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].shape() != y[i].shape() || !std::ranges::equal(x[i].data<float>(), y[i].data<float>())) return false;
  }
  return true;
}

class LoadWeights : public testing::Test {
 protected:
  LoadWeights() { saved_->save_weights(file()); }
  std::string file() const { return dir_.file("w.h5"); }
  TempDir dir_;
  const Sequential saved_ = model_of({{"a", 4}, {"b", 5}});
};

TEST_F(LoadWeights, ByNameLeavesTheOthers) {
  const auto other = model_of({{"a", 4}, {"new", 2}});
  const auto before = other->get_layer("new")->get_weights()[0];
  LoadReport report;
  other->load_weights(file(), {.by_name = true, .report = &report});
  EXPECT_TRUE(same(*other->get_layer("a"), *saved_->get_layer("a")));
  EXPECT_TRUE(std::ranges::equal(other->get_layer("new")->get_weights()[0].data<float>(), before.data<float>()));
  EXPECT_THAT(report.matched, ElementsAre("a/kernel", "a/bias"));
  EXPECT_THAT(report.missing, ElementsAre("new/kernel", "new/bias"));
  EXPECT_THAT(report.unused, ElementsAre("b"));
}

TEST_F(LoadWeights, MismatchesAreSkippedWeightByWeight) {
  // "b" has another number of inputs: its kernel does not fit, its bias does.
  const auto other = model_of({{"a", 4}, {"between", 7}, {"b", 5}});
  EXPECT_THROW(other->load_weights(file(), {.by_name = true}), ValueError);
  EXPECT_FALSE(same(*other->get_layer("a"), *saved_->get_layer("a")));  // then nothing is assigned
  LoadReport report;
  other->load_weights(file(), {.by_name = true, .skip_mismatch = true, .report = &report});
  EXPECT_THAT(report.matched, ElementsAre("a/kernel", "a/bias", "b/bias"));
  ASSERT_EQ(report.mismatched.size(), 1U);
  EXPECT_EQ(report.mismatched[0], "b/kernel: shape (7, 5), the file has (4, 5)");
  // A layer of another number of weights is skipped whole.
  const Sequential bare({Input({3}), Dense(4, {.use_bias = false, .name = "a"})});
  bare->load_weights(file(), {.by_name = true, .skip_mismatch = true, .report = &report});
  EXPECT_THAT(report.mismatched, ElementsAre("a: 1 weights expected, the file has 2"));
}

TEST_F(LoadWeights, NamesDoNotMatterByOrder) {
  const auto other = model_of({{"x", 4}, {"y", 5}});
  other->load_weights(file());
  EXPECT_TRUE(same(*other->get_layer("x"), *saved_->get_layer("a")));
  EXPECT_TRUE(same(*other, *saved_));
}

// The weights of "tf_idf" take the file's shape, but not of a file that is refused for what comes after them.
TEST(LoadLearnedWeights, NothingIsAssignedWhereALaterLayerDoesNotFit) {
  const auto model_of_words = [](const Config::List& words_of_it) {
    backend::clear_session();
    const StringLookup words({.vocabulary = Config(words_of_it),
                              .idf_weights = std::vector<double>(words_of_it.size(), 0.5),
                              .output_mode = "tf_idf",
                              .name = "words"});
    const auto x = Input({1}, {.dtype = "string"});
    return Functional(x, Dense(2, {.name = "after"})(words(x)));
  };
  const TempDir dir;
  for (const bool by_name : {false, true}) {
    const auto saved = model_of_words({"a", "b", "c"});
    saved->save_weights(dir.file("w.h5"), {.target = "tf2.15"});
    const auto model = model_of_words({"a"});
    const auto before = model->get_layer("words")->get_weights();
    EXPECT_THAT(error_of([&] { model->load_weights(dir.file("w.h5"), {.by_name = by_name}); }),
                testing::HasSubstr("(4, 2)"));
    const auto after = model->get_layer("words")->get_weights();
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i)
      expect_close(after[i], before[i], 0, 0, "by_name " + std::to_string(by_name));
  }
}

class Own : public Model {
 public:
  Own() : Model("own") {}
  Values call(const Values& x, CallContext&) override { return b(a(x)); }
  HB_ATTR(a, Dense(4, {.name = "a"}));
  HB_ATTR(b, Dense(5, {.name = "b"}));
};

TEST_F(LoadWeights, OfASubclassedModelAfterItsFirstCall) {
  const auto model = make<Own>();
  EXPECT_THROW(model->load_weights(file()), ValueError);
  model(ops::ones({1, 3}));
  model->load_weights(file());
  EXPECT_TRUE(same(*model, *saved_));
}

TEST_F(LoadWeights, MappedOnesStayTheFilesUntilTheyAreWritten) {
  const auto path = dir_.file("m.h5");
  saved_->compile({.optimizer = optimizers::SGD({.learning_rate = 0.5}), .loss = "mse"});
  saved_->save(path);
  const auto bytes = read_file(path);
  const auto model = models::load_model(path, {.map = true});
  EXPECT_TRUE(same(*model, *saved_));
  const auto x = Tensor(ops::ones({4, 3}));
  EXPECT_TRUE(std::ranges::equal(model->predict(x).tensor().data<float>(), saved_->predict(x).tensor().data<float>()));
  model->train_on_batch(x, ops::zeros({4, 5}));
  EXPECT_FALSE(same(*model, *saved_));
  EXPECT_EQ(read_file(path), bytes);
  // The file may go: what is mapped stays.
  const auto again = models::load_model(path, {.map = true});
  std::filesystem::remove(path);
  EXPECT_TRUE(same(*again, *saved_));
}

}  // namespace
