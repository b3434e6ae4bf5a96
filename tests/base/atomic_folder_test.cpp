#include "base/atomic_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/mapped_file.h"
#include "base/temporary_name.h"
#include "hornbeam/errors.hpp"
#include "support/temp_dir.h"

namespace hornbeam::base {
namespace {

using testing_support::TempDir;
namespace fs = std::filesystem;

std::ptrdiff_t entries(const std::string& folder) { return std::distance(fs::directory_iterator(folder), {}); }

void write_folder(const std::string& path, const std::string& text, IfExists if_exists = IfExists::replace) {
  AtomicFolder folder(path, if_exists);
  replace_file(folder.make_folder("inner") + "/f", text);
  folder.commit();
}

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
    const AtomicFolder folder(dir.file("m"));
    replace_file(folder.temporary() + "/f", "new");
  }
  EXPECT_EQ(read_file(dir.file("m/inner/f")), "old");
  EXPECT_EQ(entries(dir.file("")), 1);
}

TEST(AtomicFolder, RefusesFilesAndWhatIsNotToBeReplaced) {
  const TempDir dir;
  replace_file(dir.file("f"), "a file");
  EXPECT_THROW(AtomicFolder(dir.file("f")), OSError);
  write_folder(dir.file("m"), "old");
  EXPECT_THROW(AtomicFolder(dir.file("m"), IfExists::refuse), OSError);
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
