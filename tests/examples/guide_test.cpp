// The guide as a program, run as its users run it. What it saves is opened by real TensorFlows in
// tests/reverse/open_guide.py.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace {

using namespace hornbeam::testing_support;
using hornbeam::test_data;
namespace fs = std::filesystem;

class Guide : public testing::Test {
 protected:
  // The exit code, 0 or not, of the program that is to leave its files in `folder`.
  int run(const std::string& folder) {
    return std::system(
        (std::string(HORNBEAM_GUIDE) + " " + folder + " >" + dir_.file("out") + " 2>" + dir_.file("err")).c_str());
  }
  int ok_lines() const {
    std::istringstream lines(read_file(dir_.file("out")));
    int count = 0;
    for (std::string line; std::getline(lines, line);) count += line.starts_with("ok ") ? 1 : 0;
    return count;
  }
  std::string errors() const { return read_file(dir_.file("err")); }

  const TempDir dir_;
};

TEST_F(Guide, EverySectionHolds) {
  const auto folder = dir_.file("files");
  EXPECT_EQ(run(folder), 0) << errors();
  // A section is a numbered file, a line, and a folder.
  std::set<std::string> sections, folders;
  for (const auto& file : fs::directory_iterator(test_data("examples") + "/../../../examples/guide")) {
    const auto name = file.path().stem().string();
    if (name[0] >= '0' && name[0] <= '9') sections.insert(name);
  }
  for (const auto& file : fs::directory_iterator(folder)) folders.insert(file.path().filename().string());
  EXPECT_GE(sections.size(), 26u);
  EXPECT_EQ(folders, sections);
  EXPECT_EQ(ok_lines(), static_cast<int>(sections.size()));
  EXPECT_EQ(errors(), "");
}

TEST_F(Guide, ASectionThatFailsIsNamed) {
  fs::create_directory(dir_.file("files"));
  write_file(dir_.file("files") + "/03_savedmodel_format", "in the way");
  EXPECT_NE(run(dir_.file("files")), 0);
  EXPECT_THAT(errors(), testing::StartsWith("failed SavedModel format (03_savedmodel_format): "));
  EXPECT_EQ(std::ranges::count(errors(), '\n'), 1);
  EXPECT_GE(ok_lines(), 25);
}

}  // namespace
