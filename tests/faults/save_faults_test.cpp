// A save over an old model, with a fault at each of its file calls in turn: the path holds the old model or the new
// one, whole; what is said is true; nothing is left lying about.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "faults/faulty_save.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using faults::Fault;
using faults::make_model;
using testing_support::read_file;
using testing_support::TempDir;

enum class Artifact { model, weights, archive };

struct Case {
  Fault fault;
  Artifact artifact;
  const char* name;
  std::int64_t units = 700;
  bool beside_a_leftover = false;
};

void save(const ModelRef& model, Artifact artifact, const std::string& path) {
  if (artifact == Artifact::model) {
    model->save(path);
  } else if (artifact == Artifact::archive) {
    model->save(path, {.save_format = "keras", .date = false, .target = "keras3"});
  } else {
    model->save_weights(path);
  }
}

class SaveFaults : public ::testing::TestWithParam<Case> {
 protected:
  static std::string name() { return GetParam().artifact == Artifact::archive ? "model.keras" : "model.h5"; }
  // Where a writer that was killed left what it had of the same file.
  std::string leftover() const { return inside_.file(name() + ".hornbeam-1-0"); }
  bool leftover_stays() const { return std::filesystem::exists(leftover()); }

  TempDir inside_, outside_;
};

TEST_P(SaveFaults, OldOrNewAndNothingElse) {
  const auto before = make_model(1, GetParam().units), after = make_model(2, GetParam().units);
  const auto path = inside_.file(name()), reference = outside_.file(name());
  const auto artifact = GetParam().artifact;
  save(before, artifact, reference);
  const auto old_bytes = read_file(reference);
  save(after, artifact, reference);
  const auto new_bytes = read_file(reference);
  ASSERT_NE(old_bytes, new_bytes);

  int number = 1;
  std::set<std::string> struck;
  for (bool more = true; more; ++number) {
    SCOPED_TRACE("call " + std::to_string(number));
    testing_support::write_file(path, old_bytes);
    if (GetParam().beside_a_leftover) testing_support::write_file(leftover(), "half of");
    const auto end = faults::save_with(GetParam().fault, number, inside_.path().string(), outside_.file("log"),
                                       [&] { save(after, artifact, path); });
    SCOPED_TRACE(end.struck);
    struck.insert(end.struck);
    const auto bytes = read_file(path);
    ASSERT_TRUE(bytes == old_bytes || bytes == new_bytes);
    if (end.killed) {
      save(after, artifact, path);  // the next save takes away what was left
    } else if (end.said_error) {
      // Only the folder's sync comes after the file is in place.
      EXPECT_TRUE(bytes == old_bytes || end.struck == "fsync");
    } else {
      EXPECT_TRUE(bytes == new_bytes);
    }
    if (!end.killed && leftover_stays()) {
      // On a full disk later calls are struck too.
      EXPECT_TRUE(end.struck == "openat" || end.struck == "flock" || end.struck == "unlinkat" ||
                  GetParam().fault == Fault::full_disk)
          << end.struck;
      save(after, artifact, path);
    }
    EXPECT_EQ(inside_.count(), 1u);
    EXPECT_FALSE(end.said_error && GetParam().fault == Fault::short_write);  // not for the caller to know
    more = end.killed || end.calls >= number;
  }
  if (GetParam().fault == Fault::broken_disk) {
    for (const auto* call : {"open", "flock", "fchmod", "pwrite", "fsync", "rename", "close"}) {
      EXPECT_TRUE(struck.contains(call)) << call;
    }
    for (const auto* call : {"openat", "unlinkat"}) {
      EXPECT_EQ(struck.contains(call), GetParam().beside_a_leftover) << call;
    }
  }
  EXPECT_GT(number, 10);  // open, flock, fchmod, writes, fsync, rename, close, fsync of the folder, close
}

INSTANTIATE_TEST_SUITE_P(
    Faults, SaveFaults,
    ::testing::Values(Case{Fault::kill, Artifact::model, "kill"}, Case{Fault::full_disk, Artifact::model, "full_disk"},
                      Case{Fault::broken_disk, Artifact::model, "broken_disk"},
                      Case{Fault::lost_sync, Artifact::model, "lost_sync"},
                      Case{Fault::short_write, Artifact::model, "short_write"},
                      Case{Fault::interrupted, Artifact::model, "interrupted"},
                      Case{Fault::kill, Artifact::model, "kill_beside_a_leftover", 10, true},
                      Case{Fault::broken_disk, Artifact::model, "broken_disk_beside_a_leftover", 10, true},
                      Case{Fault::full_disk, Artifact::model, "full_disk_beside_a_leftover", 10, true},
                      Case{Fault::kill, Artifact::weights, "kill_weights"},
                      Case{Fault::full_disk, Artifact::weights, "full_disk_weights"},
                      Case{Fault::kill, Artifact::archive, "kill_archive"},
                      Case{Fault::full_disk, Artifact::archive, "full_disk_archive"},
                      Case{Fault::broken_disk, Artifact::archive, "broken_disk_archive"},
                      Case{Fault::short_write, Artifact::archive, "short_write_archive"},
                      // So large that the disk is told to begin while it is being written.
                      Case{Fault::kill, Artifact::model, "kill_large", 60000},
                      Case{Fault::broken_disk, Artifact::model, "broken_disk_large", 60000}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace hornbeam
