// What callbacks do, against what real Keras's did (tools/record/record_callbacks.py).
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include "base/mapped_file.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/callbacks/cases.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::callbacks_test {
namespace {

using testing_support::TempDir;

// In it while it lives.
class InFolder {
 public:
  explicit InFolder(const std::string& path) : saved_(std::filesystem::current_path()) {
    std::filesystem::current_path(path);
  }
  ~InFolder() { std::filesystem::current_path(saved_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  std::filesystem::path saved_;
};

std::set<std::string> files_here() {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(".")) {
    if (entry.is_regular_file()) files.insert(entry.path().lexically_relative(".").string());
  }
  return files;
}

// Lines of fields: numbers may differ in their last digits, nothing else.
void expect_same_table(const std::string& got, const std::string& wanted) {
  std::istringstream a(got), b(wanted);
  std::string x, y;
  while (std::getline(b, y)) {
    ASSERT_TRUE(std::getline(a, x)) << got;
    ASSERT_EQ(x.ends_with('\r'), y.ends_with('\r')) << got;
    ASSERT_EQ(a.eof(), b.eof()) << got;
    if (y.ends_with('\r')) x.pop_back(), y.pop_back();
    std::istringstream fields(x), expected(y);
    const char separator = y.find(';') != y.npos ? ';' : ',';
    while (std::getline(expected, y, separator)) {
      ASSERT_TRUE(std::getline(fields, x, separator)) << got;
      char* end = nullptr;
      const double value = std::strtod(y.c_str(), &end);
      if (end == y.c_str() || *end != '\0') {
        EXPECT_EQ(x, y);
      } else if (y.size() < 10) {  // epochs, and rates that were set
        EXPECT_EQ(x, y);
      } else {
        EXPECT_NEAR(std::strtod(x.c_str(), nullptr), value, 1e-5 * (1 + std::abs(value))) << y;
      }
    }
    EXPECT_FALSE(std::getline(fields, x, separator)) << got;
  }
  EXPECT_FALSE(std::getline(a, x)) << got;
}

class RecordedCallbacks : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(RecordedCallbacks, DoWhatKerasDid) {
  const auto& [producer, name] = GetParam();
  const auto& c = recording(producer).at("fit").at(name);
  const TempDir folder;
  const InFolder inside(folder.path());
  std::ofstream("there.csv") << "before\n";
  std::filesystem::create_directory(producer == "keras-3.15.1" ? "folder.keras" : "folder.h5");
  const auto rate = std::stod(c.at("rate").as_string());
  const auto metric = c.at("metrics").at(0).as_string();
  const auto model = model_of(producer, rate, metric, c.has("optimizer"));
  if (c.at("callbacks").at(0).at(1).has("load_weights_on_restart")) {
    const auto earlier = model_of(producer, rate, metric);
    earlier->set_weights({wave({5, 2}) * 2.0F, wave({2}) * 2.0F});
    for (const char* path : {"kept/w.01.h5", "kept.h5"}) earlier->save_weights(path);
  }
  Noted run;
  testing::internal::CaptureStdout();
  History history;
  std::string error;
  try {
    auto options = testing_support::fit_options(c.at("fit"));
    for (const auto& one : c.at("callbacks").as_list()) {
      options.callbacks.push_back(made(one.at(0).as_string(), one.at(1), run));
    }
    auto y = wave({14, 2}, 1);
    if (const auto* spoiled = c.find("spoiled")) {
      const auto row = static_cast<std::size_t>(spoiled->at(0).as_int());
      for (std::size_t k = 0; k < 2; ++k)
        y.mutable_data<float>()[row * 2 + k] = static_cast<float>(spoiled->at(1).as_double());
    }
    history = model->fit(wave({14, 5}), y, options);
  } catch (const Error& e) {
    error = e.report();
  }
  const auto printed = testing::internal::GetCapturedStdout();
  if (producer == "tf-2.2.3" && name == "nan_and_stopping") {  // it has no weights to restore: see docs/differences.md
    EXPECT_EQ(error, "");
    EXPECT_EQ(history.epoch, (std::vector<std::int64_t>{0, 1}));
    return expect_same_events(std::vector(run.events.begin(), run.events.end() - 2), c.at("events"));
  }
  EXPECT_EQ(printed, c.at("printed").as_string());
  // What tf.keras 2.2 keeps silent about: see docs/differences.md.
  const bool silent = producer == "tf-2.2.3" && name == "checkpoint_is_a_folder";
  if (c.has("error")) {
    const auto wanted = words_of(c);
    EXPECT_TRUE(error.starts_with(wanted.substr(0, wanted.find(" Got ")))) << error << "\n" << wanted;
    if (c.has("spoiled")) expect_same_events(run.events, c.at("events"));
    return;
  }
  if (silent) {
    EXPECT_TRUE(error.starts_with("OSError: Please specify a non-directory filepath")) << error;
    return;
  }
  ASSERT_EQ(error, "");
  EXPECT_EQ(Config(Config::List(history.warnings.begin(), history.warnings.end())), c.at("warnings"));
  EXPECT_EQ(history.epoch, c.at("epoch").as_ints());
  expect_same_history(history, c.at("history"));
  expect_same_events(run.events, c.at("events"));
  EXPECT_EQ(model->stop_training(), c.at("stop_training").as_bool());
  EXPECT_EQ(Config(Config::List(run.lines.begin(), run.lines.end())), c.at("lines"));
  const auto weights = model->get_weights();
  ASSERT_EQ(weights.size(), c.at("weights").size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto got = weights[i].data<float>();
    for (std::size_t k = 0; k < got.size(); ++k) expect_near(got[k], c.at("weights").at(i).at(k).as_double(), "weight");
  }
  std::set<std::string> wanted_files;
  for (const auto& [path, text] : c.at("files").as_dict()) {
    wanted_files.insert(path);
    if (path.ends_with(".csv")) expect_same_table(testing_support::read_file(path), text.as_string());
  }
  if (producer == "tf-2.2.3" && name == "checkpoint_in_a_folder") wanted_files.insert("a/b/m.h5");
  if (producer == "tf-2.2.3" && name == "checkpoint_saved_model") {  // for later Kerases, which 2.2 does without
    for (const char* path : {"w.01/keras_metadata.pb", "w.02/keras_metadata.pb"}) wanted_files.insert(path);
  }
  if (producer == "tf-2.15.1" && name == "checkpoint_saved_model") {  // see docs/differences.md
    for (const char* path : {"w.01/fingerprint.pb", "w.02/fingerprint.pb"}) EXPECT_EQ(wanted_files.erase(path), 1U);
  }
  EXPECT_EQ(files_here(), wanted_files);
}

std::vector<std::pair<std::string, std::string>> all_recorded() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1", "keras-3.15.1"}) {
    for (const auto& [name, c] : recording(producer).at("fit").as_dict()) {
      if (name != "schedule_of_words") list.emplace_back(producer, name);  // C++ functions give numbers
    }
  }
  return list;
}
INSTANTIATE_TEST_SUITE_P(Recorded, RecordedCallbacks, testing::ValuesIn(all_recorded()), [](const auto& param_info) {
  auto text = param_info.param.first + "_" + param_info.param.second;
  for (auto& letter : text) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return text;
});

TEST(RecordedHooks, OfEvaluateAndPredict) {
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1", "keras-3.15.1"}) {
    SCOPED_TRACE(producer);
    const auto model = model_of(producer, 0.1, "mae");
    const auto& all = recording(producer).at("other");
    for (const auto& [name, c] : all.as_dict()) {
      SCOPED_TRACE(name);
      Noted run;
      const auto spy = made("Spy", Config::dict(), run);
      const auto steps = name.ends_with("_steps") ? std::optional<std::int64_t>(2) : std::nullopt;
      if (name.starts_with("evaluate")) {
        model->evaluate(wave({14, 5}), wave({14, 2}),
                        {.batch_size = 4, .verbose = 0, .steps = steps, .callbacks = {spy}});
      } else {
        model->predict(wave({14, 5}), {.batch_size = 4, .steps = steps, .callbacks = {spy}});
      }
      expect_same_events(run.events, c.at("events"));
    }
  }
}

}  // namespace
}  // namespace hornbeam::callbacks_test
