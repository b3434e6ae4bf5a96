#include "base/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "hornbeam/errors.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::base {
namespace {

using testing_support::read_file;
using testing_support::TempDir;

TEST(AtomicFile, AppearsWholeOnCommit) {
  const TempDir dir;
  const auto path = dir.file("a");
  {
    AtomicFile file(path);
    file.write("one ");
    file.write("two");
    EXPECT_EQ(file.written(), 7u);
    EXPECT_FALSE(std::filesystem::exists(path));
    file.commit();
  }
  EXPECT_EQ(read_file(path), "one two");
  EXPECT_EQ(dir.count(), 1u);
}

TEST(AtomicFile, LeavesTheOldFileAndNoLitterWithoutCommit) {
  const TempDir dir;
  const auto path = dir.file("a");
  replace_file(path, "old");
  {
    AtomicFile file(path);
    file.write("half of the ne");
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(dir.count(), 1u);
  replace_file(path, "new");
  EXPECT_EQ(read_file(path), "new");
}

TEST(AtomicFile, TakesAwayWhatAKilledWriterLeftAndNothingElse) {
  const TempDir dir;
  const auto path = dir.file("a");
  testing_support::write_file(path + ".hornbeam-12345-0", "left over");
  const std::string others[] = {path + ".hornbeam-1", path + ".hornbeam-1-2-3", path + ".tmp-2",
                                path + ".hornbeam-x-1"};
  for (const auto& other : others) testing_support::write_file(other, "the user's own");
  replace_file(path, "new");
  EXPECT_FALSE(std::filesystem::exists(path + ".hornbeam-12345-0"));
  for (const auto& other : others) EXPECT_TRUE(std::filesystem::exists(other)) << other;
}

TEST(AtomicFile, KeepsPermissionsAndLinks) {
  const TempDir dir;
  const auto path = dir.file("a"), link = dir.file("link");
  replace_file(path, "old");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  std::filesystem::create_symlink("a", link);
  replace_file(link, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(read_file(path), "new");
  struct stat s {};
  ASSERT_EQ(::stat(path.c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777u, 0640u);
}

TEST(AtomicFile, FollowsLinksToWhatIsNotThereYet) {
  const TempDir dir;
  const auto path = dir.file("folder/a"), first = dir.file("first"), second = dir.file("folder/second");
  std::filesystem::create_directory(dir.file("folder"));
  std::filesystem::create_symlink("folder/second", first);
  std::filesystem::create_symlink("../folder/a", second);
  replace_file(first, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(first));
  EXPECT_TRUE(std::filesystem::is_symlink(second));
  EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(path)));
  EXPECT_EQ(read_file(path), "new");
}

TEST(AtomicFile, FollowsNoCircles) {
  const TempDir dir;
  const auto one = dir.file("one"), other = dir.file("other");
  std::filesystem::create_symlink("other", one);
  std::filesystem::create_symlink("one", other);
  EXPECT_THROW(AtomicFile{one}, OSError);
  EXPECT_TRUE(std::filesystem::is_symlink(one));
  EXPECT_EQ(dir.count(), 2u);
}

TEST(AtomicFile, RefusesAFileThatIsThereOrAppears) {
  const TempDir dir;
  const auto path = dir.file("a");
  {
    AtomicFile file(path, IfExists::refuse);
    file.write("ours");
    testing_support::write_file(path, "theirs");
    EXPECT_THROW(file.commit(), OSError);
  }
  EXPECT_EQ(read_file(path), "theirs");
  EXPECT_EQ(dir.count(), 1u);
  EXPECT_THROW(AtomicFile(path, IfExists::refuse), OSError);
  const auto other = dir.file("b");
  AtomicFile file(other, IfExists::refuse);
  file.write("ours");
  file.commit();
  EXPECT_EQ(read_file(other), "ours");
  EXPECT_EQ(dir.count(), 2u);
}

TEST(AtomicFile, RefusesWhatCannotBeReplaced) {
  const TempDir dir;
  EXPECT_THROW(AtomicFile(dir.file("missing/a")), OSError);
  EXPECT_THROW(AtomicFile(dir.path().string()), OSError);
  EXPECT_THROW(AtomicFile("/dev/null"), OSError);
  EXPECT_EQ(dir.count(), 0u);
}

}  // namespace
}  // namespace hornbeam::base
