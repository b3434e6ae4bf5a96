#include "base/writable.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "base/atomic_file.h"
#include "hornbeam/errors.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::base {
namespace {

using testing_support::read_file;
using testing_support::TempDir;
using testing_support::write_file;

std::string error_of(const std::function<void(const std::string&)>& check, const std::string& path) {
  try {
    check(path);
  } catch (const OSError& error) {
    return error.what();
  }
  return "none";
}

// What is allowed can be done, what is refused cannot; neither leaves anything.
TEST(Writable, TellsWhetherAFileCanBeWritten) {
  const TempDir dir;
  write_file(dir.file("file"), "old");
  std::filesystem::create_directory(dir.file("folder"));
  std::filesystem::create_symlink(dir.file("nowhere"), dir.file("dangling"));
  const std::pair<std::string, bool> kCases[] = {
      {dir.file("new"), true},           {dir.file("file"), true},
      {dir.file("folder/new"), true},    {dir.file("made/by/then/new"), true},
      {dir.file("folder"), false},       {dir.file("folder/"), false},
      {dir.file("file/new"), false},     {dir.file("file/made/new"), false},
      {dir.file("dangling/new"), false}, {"/proc/new", false},
      {"/proc/made/new", false},         {"", false},
  };
  for (const auto& [path, good] : kCases) {
    SCOPED_TRACE(path);
    const auto before = dir.count();
    const auto error = error_of([](const std::string& at) { check_can_write(at); }, path);
    EXPECT_EQ(error == "none", good) << error;
    EXPECT_NE(good, error.find(path) != std::string::npos) << error;
    EXPECT_EQ(dir.count(), before);
    EXPECT_EQ(read_file(dir.file("file")), "old");
  }
  for (const auto& [path, good] : kCases) {
    SCOPED_TRACE(path);
    const auto write = [&path = path] {
      make_folder_of(path);
      replace_file(path, "new");
    };
    if (good) {
      write();
    } else {
      EXPECT_THROW(write(), OSError);
    }
  }
}

TEST(Writable, TellsWhetherAFolderCanBeFilled) {
  const TempDir dir;
  write_file(dir.file("file"), "old");
  std::filesystem::create_directory(dir.file("folder"));
  for (const auto* good : {"folder", "new", "new/", "made/by/then"}) {
    EXPECT_EQ(error_of(check_can_fill, dir.file(good)), "none") << good;
  }
  EXPECT_EQ(error_of(check_can_fill, dir.file("file")),
            "Unable to create folder " + dir.file("file") + ": it exists and is not a folder");
  EXPECT_EQ(error_of(check_can_fill, dir.file("file/new")),
            "Unable to create folder " + dir.file("file/new") + ": " + dir.file("file") + " is not a folder");
  EXPECT_NE(error_of(check_can_fill, "/proc/new"), "none");
  EXPECT_EQ(dir.count(), 2U);
  EXPECT_TRUE(std::filesystem::is_empty(dir.file("folder")));
}

TEST(Writable, AFileThatMustNotBeReplaced) {
  const TempDir dir;
  write_file(dir.file("file"), "old");
  EXPECT_NO_THROW(check_can_write(dir.file("file"), IfExists::replace));
  EXPECT_NO_THROW(check_can_write(dir.file("new"), IfExists::refuse));
  EXPECT_THROW(check_can_write(dir.file("file"), IfExists::refuse), OSError);
}

TEST(Writable, ASlashAtTheEndIsNoFolderToMake) {
  const TempDir dir;
  make_folder_of(dir.file("a/m//"));
  EXPECT_TRUE(std::filesystem::is_directory(dir.file("a")));
  EXPECT_FALSE(std::filesystem::exists(dir.file("a/m")));
}

}  // namespace
}  // namespace hornbeam::base
