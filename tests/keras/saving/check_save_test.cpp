// What is asked before the work whose result is to be saved: whatever save_model would refuse.
#include "keras/saving/check_save.h"

#include <gmock/gmock.h>

#include "hornbeam/hornbeam.hpp"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;
using testing_support::error_of;
using testing_support::TempDir;

// Both say it, in the same words, and nothing is left behind.
void expect_refused(const Model& model, const std::string& name, const SaveOptions& options, const std::string& what) {
  const TempDir dir;
  const auto asked = error_of([&] { check_can_save(model, dir.file(name), options); });
  EXPECT_THAT(asked, HasSubstr(what));
  EXPECT_EQ(asked, error_of([&] { models::save_model(model, dir.file(name), options); }));
  EXPECT_EQ(dir.count(), 0U);
}

TEST(CheckSave, RefusesWhatASavedModelCannotHold) {
  backend::clear_session();
  const auto x = Input({2});
  const auto model = Functional(x, Dense(2, {.activation = "mish", .name = "of_keras3"})(x));
  expect_refused(*model, "saved", {.save_format = "tf", .target = "tf2.2"}, "mish");
}

ModelRef of_words(const std::vector<std::string>& words) {
  backend::clear_session();
  const auto x = Input({1}, {.dtype = "string"});
  const StringLookup lookup({.name = "words"});
  if (!words.empty()) {
    const auto learned = Tensor::from<std::string>({std::ssize(words), 1}, words);
    static_cast<IndexLookupLayer&>(*lookup).adapt(learned);
  }
  return Functional(x, lookup(x));
}

TEST(CheckSave, RefusesWordsThatAnArchiveCannotHold) {
  for (const auto* target : {"tf2.15", "keras3"}) {
    expect_refused(*of_words({}), "m.keras", {.target = target}, "Layer 'words' has no vocabulary");
    expect_refused(*of_words({"two\nlines"}), "m.keras", {.target = target}, "Layer 'words' has the word");
  }
}

TEST(CheckSave, RefusesFoldersThatAreToStay) {
  const TempDir dir;
  backend::clear_session();
  const Sequential model({Input({2}), Dense(1)});
  model->save(dir.file("saved"), {.save_format = "tf", .target = "tf2.15"});
  const SaveOptions options{.overwrite = false, .save_format = "tf", .target = "tf2.15"};
  const auto asked = error_of([&] { check_can_save(*model, dir.file("saved"), options); });
  EXPECT_THAT(asked, HasSubstr("OSError"));
  EXPECT_EQ(asked, error_of([&] { model->save(dir.file("saved"), options); }));
  EXPECT_EQ(dir.count(), 1U);
}

// It is asked before a training, of which it changes nothing.
TEST(CheckSave, LeavesTheTrainingAsItIs) {
  const auto trained = [](bool asked) {
    const TempDir dir;
    backend::clear_session();
    utils::set_random_seed(7);
    const Sequential model(
        {Input({4}), Dense(8, {.activation = "relu"}), Dropout(0.5), BatchNormalization(), Dense(1)});
    model->compile({.optimizer = "adam", .loss = "mse"});
    if (asked) check_can_save(*model, dir.file("saved"), {.save_format = "tf", .target = "tf2.15"});
    model->fit(ops::ones({8, 4}), ops::ones({8, 1}), {.batch_size = 4, .epochs = 2, .verbose = 0});
    return model->get_weights();
  };
  const auto with = trained(true), without = trained(false);
  ASSERT_EQ(with.size(), without.size());
  for (std::size_t i = 0; i < with.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(with[i].data<float>(), without[i].data<float>())) << i;
  }
}

}  // namespace
}  // namespace hornbeam
