// A SavedModel saved over an old one, and a checkpoint of weights over an old one, with a fault at each of their file
// calls in turn: what is there afterwards is the old model or the new one, whole, and loads; the next save succeeds and
// takes away what was left.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "faults/faulty_save.h"
#include "support/files.h"

namespace hornbeam {
namespace {

namespace fs = std::filesystem;
using faults::Fault;
using faults::make_model;
using testing_support::TempDir;

constexpr float kOld = 1, kNew = 2;

using Files = std::map<std::string, std::string>;  // contents by path in the folder

Files files_in(const std::string& folder) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = fs::relative(entry.path(), folder).string();
    files[name] = entry.is_directory() ? "a folder" : testing_support::read_file(entry.path().string());
  }
  return files;
}

// The one value that all weights have; 0: there are several.
float value_of(const Model& model) {
  const auto weights = model.get_weights();
  const auto value = weights.at(0).data<float>()[0];
  for (const auto& w : weights) {
    for (const auto v : w.data<float>()) {
      if (v != value) return 0;
    }
  }
  return value;
}

class SavedModelFaults : public ::testing::TestWithParam<Fault> {
 protected:
  faults::End save_with(int number, const std::function<void()>& save) {
    return faults::save_with(GetParam(), number, inside_.path().string(), outside_.file("log"), save);
  }
  // Of what a save says went wrong, only the folder's sync comes after the new is in place. Once a disk is full, the
  // name of the call that met it first is not known.
  bool may_be_new(const faults::End& end) const {
    return !end.said_error || end.struck == "fsync" || GetParam() == Fault::full_disk;
  }

  TempDir inside_, outside_;
  const ModelRef before_ = make_model(kOld, 300), after_ = make_model(kNew, 300);
};

TEST_P(SavedModelFaults, OldOrNewFolder) {
  const auto old_folder = outside_.file("old"), new_folder = outside_.file("new"), path = inside_.file("m");
  before_->save(old_folder);
  after_->save(new_folder);
  const auto old_files = files_in(old_folder), new_files = files_in(new_folder);
  ASSERT_EQ(old_files.size(), new_files.size());
  int number = 1;
  bool saw_old = false, saw_new = false;
  for (bool more = true; more; ++number) {
    for (const auto& entry : fs::directory_iterator(inside_.path())) fs::remove_all(entry);
    fs::copy(old_folder, path, fs::copy_options::recursive);
    const auto end = save_with(number, [&] { after_->save(path); });
    SCOPED_TRACE("call " + std::to_string(number) + " " + end.struck);
    const auto found = files_in(path);
    ASSERT_TRUE(found == old_files || found == new_files);
    const bool is_new = found == new_files;
    (is_new ? saw_new : saw_old) = true;
    EXPECT_EQ(value_of(*models::load_model(path)), is_new ? kNew : kOld);
    if (!end.killed) {
      EXPECT_TRUE(is_new ? may_be_new(end) : end.said_error);
    }
    more = end.killed || end.calls >= number;
    after_->save(path);
    EXPECT_EQ(files_in(path), new_files);
    EXPECT_EQ(inside_.count(), 1U);
  }
  EXPECT_TRUE(saw_new);
  EXPECT_TRUE(saw_old);
  EXPECT_GT(number, 40);  // four files, three folders, the exchange, and the old files that go
}

TEST_P(SavedModelFaults, OldOrNewCheckpoint) {
  const auto path = inside_.file("w");
  const auto target = make_model(0, 300);
  int number = 1;
  bool saw_old = false, saw_new = false;
  for (bool more = true; more; ++number) {
    for (const auto& entry : fs::directory_iterator(inside_.path())) fs::remove_all(entry);
    before_->save_weights(path);
    const auto files = inside_.count();
    const auto end = save_with(number, [&] { after_->save_weights(path); });
    SCOPED_TRACE("call " + std::to_string(number) + " " + end.struck);
    EXPECT_EQ(train::latest_checkpoint(inside_.path().string()), path);
    target->load_weights(path).assert_consumed();
    const auto found = value_of(*target);
    ASSERT_TRUE(found == kOld || found == kNew) << found;
    (found == kNew ? saw_new : saw_old) = true;
    if (!end.killed) {
      EXPECT_TRUE(end.said_error || found == kNew);
    }
    more = end.killed || end.calls >= number;
    after_->save_weights(path);
    target->load_weights(path).assert_consumed();
    EXPECT_EQ(value_of(*target), kNew);
    EXPECT_EQ(inside_.count(), files);
  }
  EXPECT_TRUE(saw_new);
  EXPECT_TRUE(saw_old);
  EXPECT_GT(number, 30);
}

INSTANTIATE_TEST_SUITE_P(Faults, SavedModelFaults, ::testing::Values(Fault::kill, Fault::full_disk, Fault::broken_disk),
                         [](const auto& one) {
                           return one.param == Fault::kill        ? "kill"
                                  : one.param == Fault::full_disk ? "full_disk"
                                                                  : "broken_disk";
                         });

}  // namespace
}  // namespace hornbeam
