#include "base/atomic_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "base/mapped_file.h"
#include "base/temporary_name.h"
#include "hornbeam/errors.hpp"
#include "support/temp_dir.h"

namespace hornbeam::base {
namespace {

using testing_support::TempDir;
namespace fs = std::filesystem;

std::ptrdiff_t entries(const std::string& folder) { return std::distance(fs::directory_iterator(folder), {}); }

const OwnNames kOwn{"f", "inner"};

void write_folder(const std::string& path, const std::string& text, IfExists if_exists = IfExists::replace) {
  AtomicFolder folder(path, kOwn, if_exists);
  replace_file(folder.make_folder("inner") + "/f", text);
  replace_file(folder.temporary() + "/f", text);
  folder.commit();
}

std::string fault_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const OSError& e) {
    return e.what();
  }
  return "";
}

// While it lives, the process works elsewhere.
class WorkIn {
 public:
  explicit WorkIn(const std::string& folder) : before_(fs::current_path()) { fs::current_path(folder); }
  WorkIn(const WorkIn&) = delete;
  WorkIn& operator=(const WorkIn&) = delete;
  ~WorkIn() { fs::current_path(before_); }

 private:
  fs::path before_;
};

TEST(AtomicFolder, AppearsWholeAndReplacesTheOldOne) {
  const TempDir dir;
  write_folder(dir.file("m"), "old");
  write_folder(dir.file("m/"), "new");
  EXPECT_EQ(read_file(dir.file("m/inner/f")), "new");
  EXPECT_EQ(entries(dir.file("")), 1);
}

TEST(AtomicFolder, WithoutCommitNothingChanges) {
  const TempDir dir;
  write_folder(dir.file("m"), "old");
  {
    const AtomicFolder folder(dir.file("m"), kOwn);
    replace_file(folder.temporary() + "/f", "new");
  }
  EXPECT_EQ(read_file(dir.file("m/inner/f")), "old");
  EXPECT_EQ(entries(dir.file("")), 1);
}

TEST(AtomicFolder, RefusesFilesAndWhatIsNotToBeReplaced) {
  const TempDir dir;
  replace_file(dir.file("f"), "a file");
  EXPECT_THROW(AtomicFolder(dir.file("f"), kOwn), OSError);
  write_folder(dir.file("m"), "old");
  EXPECT_THROW(AtomicFolder(dir.file("m"), kOwn, IfExists::refuse), OSError);
  EXPECT_EQ(read_file(dir.file("m/inner/f")), "old");
}

TEST(AtomicFolder, FollowsLinksAndRemovesLeftovers) {
  const TempDir dir;
  write_folder(dir.file("m"), "old");
  fs::create_directory_symlink(dir.file("m"), dir.file("link"));
  fs::create_directories(dir.file("m.hornbeam-1-0/inner"));  // of a process that was killed
  write_folder(dir.file("link"), "new");
  EXPECT_TRUE(fs::is_symlink(dir.file("link")));
  EXPECT_EQ(read_file(dir.file("m/inner/f")), "new");
  EXPECT_EQ(entries(dir.file("")), 2);
}

TEST(AtomicFolder, WritesWhereALinkLeadsThatLeadsNowhereYet) {
  const TempDir dir;
  fs::create_directory_symlink("m", dir.file("link"));
  write_folder(dir.file("link"), "new");
  EXPECT_EQ(read_file(dir.file("m/f")), "new");
  EXPECT_TRUE(fs::is_symlink(dir.file("link")));
}

TEST(AtomicFolder, KeepsWhatIsForeign) {
  const TempDir dir;
  fs::create_directories(dir.file("m/logs/deep"));
  fs::create_directories(dir.file("m/empty"));
  replace_file(dir.file("m/logs/deep/log.csv"), "a log");
  replace_file(dir.file("m/notes"), "notes");
  fs::create_symlink("nowhere", dir.file("m/link"));
  for (const auto* text : {"first", "second"}) {
    write_folder(dir.file("m"), text);
    EXPECT_EQ(read_file(dir.file("m/inner/f")), text);
    EXPECT_EQ(read_file(dir.file("m/logs/deep/log.csv")), "a log");
    EXPECT_EQ(read_file(dir.file("m/notes")), "notes");
    EXPECT_TRUE(fs::is_directory(dir.file("m/empty")));
    EXPECT_TRUE(fs::is_symlink(dir.file("m/link")));
    EXPECT_EQ(entries(dir.file("m")), 6);
    EXPECT_EQ(entries(dir.file("")), 1);
  }
}

TEST(AtomicFolder, ReplacesAllThatIsItsOwn) {
  const TempDir dir;
  write_folder(dir.file("m"), "old");
  replace_file(dir.file("m/inner/more"), "old");
  replace_file(dir.file("m/f.hornbeam-1-0"), "of a process that was killed");
  write_folder(dir.file("m"), "new");
  EXPECT_EQ(entries(dir.file("m")), 2);
  EXPECT_EQ(entries(dir.file("m/inner")), 1);
}

// A process was killed after the exchange: before, while and after the foreign entries were moved.
TEST(AtomicFolder, TakesWhatWasNotMovedFromALeftover) {
  const TempDir dir;
  const auto leftover = dir.file("m.hornbeam-1-0");
  for (const bool with_target : {true, false}) {
    fs::remove_all(dir.file("m"));
    if (with_target) write_folder(dir.file("m"), "old");
    fs::create_directories(leftover + "/logs");
    replace_file(leftover + "/logs/log.csv", "a log");
    write_folder(leftover, "older");
    { const AtomicFolder not_committed(dir.file("m"), kOwn); }
    EXPECT_EQ(read_file(leftover + "/logs/log.csv"), "a log");
    write_folder(dir.file("m"), "new");
    EXPECT_EQ(read_file(dir.file("m/logs/log.csv")), "a log");
    EXPECT_EQ(read_file(dir.file("m/f")), "new");
    EXPECT_EQ(entries(dir.file("")), 1);
  }
}

TEST(AtomicFolder, LeavesALeftoverWhoseNamesAreTaken) {
  const TempDir dir;
  const auto leftover = dir.file("m.hornbeam-1-0");
  fs::create_directories(leftover);
  fs::create_directories(dir.file("m"));
  replace_file(leftover + "/log", "old log");
  replace_file(leftover + "/other", "other");
  replace_file(dir.file("m/log"), "new log");
  write_folder(dir.file("m"), "new");
  EXPECT_EQ(read_file(leftover + "/log"), "old log");
  EXPECT_EQ(entries(leftover), 1);
  EXPECT_EQ(read_file(dir.file("m/log")), "new log");
  EXPECT_EQ(read_file(dir.file("m/other")), "other");
}

// Without an old folder a whole leftover may be what a kernel without exchange left of it.
TEST(AtomicFolder, RemovesNoWholeLeftoverBeforeThereIsAnother) {
  const TempDir dir;
  write_folder(dir.file("m.hornbeam-1-0"), "old");
  { const AtomicFolder not_committed(dir.file("m"), kOwn); }
  EXPECT_EQ(read_file(dir.file("m.hornbeam-1-0/f")), "old");
  write_folder(dir.file("m"), "new");
  EXPECT_EQ(entries(dir.file("")), 1);
}

// A shell that stands there would stand in a folder that is gone.
TEST(AtomicFolder, TheWorkingDirectoryStays) {
  const TempDir dir;
  fs::create_directories(dir.file("m/logs"));
  write_folder(dir.file("m"), "old");
  replace_file(dir.file("m/logs/log.csv"), "a log");
  const WorkIn m(dir.file("m"));
  for (const auto* path : {".", "./", "logs/..", "../m"}) {
    SCOPED_TRACE(path);
    replace_file("inner/more", path);
    write_folder(path, path);
    EXPECT_EQ(read_file("f"), path);
    EXPECT_EQ(read_file("inner/f"), path);
    EXPECT_EQ(read_file("logs/log.csv"), "a log");
    EXPECT_EQ(entries("inner"), 1);
    EXPECT_EQ(entries("."), 3);
  }
  EXPECT_EQ(entries(".."), 1);
  { const AtomicFolder not_committed(".", kOwn); }
  EXPECT_EQ(entries("."), 3);
  EXPECT_THROW(AtomicFolder(".", kOwn, IfExists::refuse), OSError);
}

TEST(AtomicFolder, ForeignFoldersThatCannotBeMovedAreAnError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may move all";
  const TempDir dir;
  write_folder(dir.file("m"), "old");
  fs::create_directories(dir.file("m/fixed"));
  fs::permissions(dir.file("m/fixed"), fs::perms::owner_read | fs::perms::owner_exec);
  const auto error = fault_of([&] { write_folder(dir.file("m"), "new"); });
  EXPECT_NE(error.find("fixed, which is in it, could not be kept"), error.npos) << error;
  EXPECT_EQ(read_file(dir.file("m/f")), "old");
  fs::permissions(dir.file("m/fixed"), fs::perms::owner_all);
}

TEST(AtomicFolder, KeepsPermissions) {
  const TempDir dir;
  fs::create_directories(dir.file("m"));
  for (const auto mode : {0700U, 0775U, 02770U}) {
    fs::permissions(dir.file("m"), static_cast<fs::perms>(mode));
    write_folder(dir.file("m"), "new");
    EXPECT_EQ(static_cast<unsigned>(fs::status(dir.file("m")).permissions()), mode);
  }
}

// Other writers remove leftovers meanwhile, come first, and put theirs in the place of what is there.
TEST(AtomicFolder, WritersOfOnePathDoNotDisturbEachOther) {
  const TempDir dir;
  constexpr int kWriters = 4, kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    const auto path = dir.file(std::to_string(round % 10));  // the first of each finds no folder
    if (round % 3 == 1 && !fs::exists(path)) fs::create_directories(path);
    if (fs::exists(path)) replace_file(path + "/log", "a log");
    const bool with_log = fs::exists(path);
    std::vector<std::string> errors(kWriters);
    std::vector<std::thread> threads;
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer] {
        errors[static_cast<std::size_t>(writer)] = fault_of([&] {
          for (int i = 0; i < 3; ++i) write_folder(path, std::to_string(writer));
        });
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(errors, std::vector<std::string>(kWriters));
    EXPECT_EQ(read_file(path + "/f"), read_file(path + "/inner/f"));
    EXPECT_EQ(entries(path), with_log ? 3 : 2);
  }
  EXPECT_EQ(entries(dir.file("")), 10);
}

TEST(AtomicFolder, OneOfManyFirstWritersWins) {
  const TempDir dir;
  for (int round = 0; round < 20; ++round) {
    const auto path = dir.file(std::to_string(round));
    std::atomic<int> won{0};
    std::vector<std::thread> threads;
    for (int writer = 0; writer < 4; ++writer) {
      threads.emplace_back([&] { won += fault_of([&] { write_folder(path, "x", IfExists::refuse); }).empty(); });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
  }
  EXPECT_EQ(entries(dir.file("")), 20);
}

TEST(TemporaryName, IsToldFromOthers) {
  const auto name = temporary_name("/x/m");
  EXPECT_TRUE(is_temporary_of(name.substr(3), "m"));
  EXPECT_FALSE(is_temporary_of("m.hornbeam-1", "m"));
  EXPECT_TRUE(is_temporary(name));
  EXPECT_FALSE(is_temporary("m.hornbeam-1"));
  EXPECT_FALSE(is_temporary("m"));
  EXPECT_FALSE(is_temporary_of("mm.hornbeam-1-2", "m"));
}

}  // namespace
}  // namespace hornbeam::base
