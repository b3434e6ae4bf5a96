// A save of a file that is not to replace another, with a fault at each of its file calls in turn: the path holds the
// new model, whole, or nothing; what is said is true.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/atomic_file.h"
#include "faults/faulty_save.h"
#include "support/files.h"

namespace hornbeam {
namespace {

using faults::Fault;
using testing_support::read_file;
using testing_support::TempDir;

struct Case {
  Fault fault;
  const char* name;
  const char* path;  // in a folder that is there
  bool without_renameat2;
};

class NewFileFaults : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override { faults::without_renameat2(GetParam().without_renameat2); }
  void TearDown() override { faults::without_renameat2(false); }

  // Temporary files beside the path. Those of a fault that struck as they were taken away may stay.
  std::size_t left_beside() const {
    const auto folder = std::filesystem::path(path_).parent_path();
    if (!std::filesystem::exists(folder)) return 0;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files += entry.path() != path_;
    return files;
  }

  TempDir inside_, outside_;
  const std::string path_ = inside_.file(GetParam().path);
};

TEST_P(NewFileFaults, TheNewOneOrNothing) {
  const auto model = faults::make_model(1, 10);
  const auto reference = outside_.file("reference.h5");
  model->save(reference);
  const auto bytes = read_file(reference);
  const auto save = [&] { model->save(path_, {.overwrite = false}); };

  int number = 1;
  bool met_its_own = false;
  for (bool more = true; more; ++number) {
    SCOPED_TRACE("call " + std::to_string(number));
    for (const auto& entry : std::filesystem::directory_iterator(inside_.path())) std::filesystem::remove_all(entry);
    const auto end = faults::save_with(GetParam().fault, number, inside_.path().string(), outside_.file("log"), save);
    SCOPED_TRACE(end.struck);
    const bool there = std::filesystem::exists(path_);
    ASSERT_TRUE(!there || read_file(path_) == bytes);
    if (!end.killed) {
      EXPECT_TRUE(there != end.said_error ||
                  end.struck == "fsync");  // only the folder's sync comes after it is in place
      EXPECT_EQ(left_beside(), end.struck == "unlink" ? 1U : 0U);
    }
    met_its_own |= end.struck == "renameat2" || end.struck == "link" || end.struck == "mkdir";
    model->save(path_);  // takes away what was left
    EXPECT_TRUE(read_file(path_) == bytes);
    EXPECT_EQ(left_beside(), 0U);
    more = end.killed || end.calls >= number;
  }
  EXPECT_GT(number, 8);
  EXPECT_EQ(met_its_own, GetParam().fault != Fault::kill);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, NewFileFaults,
    ::testing::Values(Case{Fault::kill, "kill", "model.h5", false}, Case{Fault::kill, "kill_linked", "model.h5", true},
                      Case{Fault::kill, "kill_in_new_folders", "a/b/model.h5", false},
                      Case{Fault::full_disk, "full_disk", "model.h5", false},
                      Case{Fault::full_disk, "full_disk_linked", "model.h5", true},
                      Case{Fault::full_disk, "full_disk_in_new_folders", "a/b/model.h5", false},
                      Case{Fault::broken_disk, "broken_disk", "model.h5", false},
                      Case{Fault::broken_disk, "broken_disk_linked", "model.h5", true},
                      Case{Fault::broken_disk, "broken_disk_in_new_folders", "a/b/model.h5", false}),
    [](const auto& one) { return std::string(one.param.name); });

// Whichever call gives the file its name.
TEST(NewFile, DoesNotReplaceOneThatAppears) {
  for (const bool without : {false, true}) {
    const TempDir dir;
    faults::without_renameat2(without);
    {
      base::AtomicFile file(dir.file("a"), base::IfExists::refuse);
      file.write("ours");
      testing_support::write_file(dir.file("a"), "theirs");
      EXPECT_THROW(file.commit(), OSError);
    }
    EXPECT_EQ(read_file(dir.file("a")), "theirs");
    EXPECT_EQ(dir.count(), 1U);
    faults::without_renameat2(false);
  }
}

}  // namespace
}  // namespace hornbeam
