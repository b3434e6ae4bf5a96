// A SavedModel saved over an old one, and a checkpoint of weights over an old one, with a fault at each of their file
// calls in turn: what is there afterwards is the old model or the new one, whole, and loads, and what others put into
// the folder; the next save succeeds and takes away what was left.
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
  if (!fs::exists(folder)) return files;
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
  // Of what a save says went wrong, only the move of foreign entries and the syncs come after the new is in place. Once
  // a disk is full, the name of the call that met it first is not known.
  bool may_be_new(const faults::End& end) const {
    return !end.said_error || end.struck == "fsync" || end.struck == "renameat2" || GetParam() == Fault::full_disk;
  }

  // What is in `path` after a save over the old model; the next save has succeeded.
  enum class Found { old_model, new_model, neither };
  void check_every_call(const std::string& path, const std::function<void(const faults::End&, Found)>& check);

  TempDir inside_, outside_;
  const ModelRef before_ = make_model(kOld, 300), after_ = make_model(kNew, 300);
};

void add_foreign(const std::string& folder) {
  fs::create_directories(folder + "/logs/deep");
  fs::create_directories(folder + "/empty");
  testing_support::write_file(folder + "/logs/deep/log.csv", "a log");
  testing_support::write_file(folder + "/notes.txt", "notes");
}

// Wherever below `folder` they are.
Files foreign_in(const std::string& folder) {
  Files found;
  for (const auto& [path, content] : files_in(folder)) {
    for (const auto* name : {"logs/deep/log.csv", "notes.txt"}) {
      if (("/" + path).ends_with(std::string("/") + name)) found[name] = content;
    }
  }
  return found;
}

void SavedModelFaults::check_every_call(const std::string& path,
                                        const std::function<void(const faults::End&, Found)>& check) {
  const auto old_folder = outside_.file("old"), new_folder = outside_.file("new");
  const auto plain = [&](const ModelRef& model, const std::string& folder) {
    model->save(folder);
    return files_in(folder);
  };
  const auto old_files = plain(before_, old_folder), new_files = plain(after_, new_folder);
  ASSERT_EQ(old_files.size(), new_files.size());
  add_foreign(old_folder);
  add_foreign(new_folder);
  const auto whole = files_in(new_folder), foreign = foreign_in(new_folder);
  const auto own_in = [&](const std::string& folder) {
    auto files = files_in(folder);
    std::erase_if(files, [](const auto& file) {
      return file.first.starts_with("logs") || file.first == "empty" || file.first == "notes.txt" ||
             file.first.starts_with("saved_model.pb.");  // still being filled
    });
    return files;
  };
  int number = 1;
  bool saw_old = false, saw_new = false;
  for (bool more = true; more; ++number) {
    for (const auto& entry : fs::directory_iterator(path)) fs::remove_all(entry);
    fs::copy(old_folder, path, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    const auto end = save_with(number, [&] { after_->save(path); });
    SCOPED_TRACE("call " + std::to_string(number) + " " + end.struck);
    const auto own = own_in(path);
    const auto found = own == new_files ? Found::new_model : own == old_files ? Found::old_model : Found::neither;
    saw_old |= found == Found::old_model;
    saw_new |= found == Found::new_model;
    if (found != Found::neither) {
      EXPECT_EQ(value_of(*models::load_model(path)), found == Found::new_model ? kNew : kOld);
    }
    EXPECT_EQ(foreign_in(inside_.path().string()), foreign);
    check(end, found);
    more = end.killed || end.calls >= number;
    after_->save(path);
    EXPECT_EQ(files_in(path), whole);
    EXPECT_EQ(inside_.count(), 1U);
  }
  EXPECT_TRUE(saw_new);
  EXPECT_TRUE(saw_old);
  EXPECT_GT(number, 45);  // four files, three folders, the exchange, four foreign entries, and the old files that go
}

TEST_P(SavedModelFaults, OldOrNewFolder) {
  fs::create_directory(inside_.file("m"));
  check_every_call(inside_.file("m"), [&](const faults::End& end, Found found) {
    ASSERT_NE(found, Found::neither);
    if (!end.killed) {
      EXPECT_TRUE(found == Found::new_model ? may_be_new(end) : end.said_error);
    }
  });
}

// There is no exchange: a kill, or a second fault, may leave nothing under the name, the old one being beside it.
TEST_P(SavedModelFaults, OldKernel) {
  const auto path = inside_.file("m");
  fs::create_directory(path);
  faults::without_renameat2(true);
  int neither = 0;
  check_every_call(path, [&](const faults::End& end, Found found) {
    if (found == Found::neither) {
      ++neither;
      EXPECT_FALSE(fs::exists(path));
      EXPECT_TRUE(end.killed || end.said_error);
    }
    if (!fs::exists(path)) fs::create_directory(path);
  });
  faults::without_renameat2(false);
  EXPECT_LE(neither, 2);
}

// Its entries are exchanged one by one. Between them there is no model, rather than a mixture.
TEST_P(SavedModelFaults, WorkingDirectory) {
  const auto path = inside_.file("m");
  fs::create_directory(path);
  const auto before = fs::current_path();
  fs::current_path(path);
  check_every_call(path, [&](const faults::End& end, Found found) {
    if (found != Found::neither) return;
    EXPECT_TRUE(end.killed || end.said_error);
    EXPECT_FALSE(fs::exists(path + "/saved_model.pb"));
  });
  EXPECT_TRUE(fs::equivalent(".", path));
  fs::current_path(before);
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
