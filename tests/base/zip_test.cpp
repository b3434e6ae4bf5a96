#include <gmock/gmock.h>

#include "base/zip_reader.h"
#include "base/zip_writer.h"
#include "hornbeam/errors.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::base {
namespace {

using testing::HasSubstr;
using testing_support::read_file;
using testing_support::TempDir;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string archive_of(const TempDir& dir, const std::string& content) {
  const auto path = dir.file("a.zip");
  ZipWriter zip(path);
  zip.add("first.txt", content);
  zip.add("folder/\xc3\xa9", "");
  zip.finish();
  return read_file(path);
}

std::string error_of(const std::string& bytes) {
  try {
    const ZipReader zip(MappedFile::borrow(std::as_bytes(std::span(bytes)), "a.zip"));
    for (std::size_t i = 0; i < zip.members().size(); ++i) zip.read(i);
  } catch (const FormatError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Zip, WritesWhatItReads) {
  const TempDir dir;
  const auto bytes = archive_of(dir, "hello");
  EXPECT_EQ(bytes, archive_of(dir, "hello"));
  const ZipReader zip(MappedFile::open(dir.file("a.zip")));
  ASSERT_EQ(zip.members().size(), 2u);
  EXPECT_EQ(zip.members()[0].name, "first.txt");
  EXPECT_EQ(zip.members()[1].name, "folder/\xc3\xa9");
  EXPECT_EQ(text_of(zip.read("first.txt")), "hello");
  EXPECT_EQ(zip.read(1).size(), 0u);
  EXPECT_TRUE(zip.has("first.txt"));
  EXPECT_FALSE(zip.has("second.txt"));
  EXPECT_THROW(zip.read("second.txt"), KeyError);
}

TEST(Zip, RefusesNamesTwice) {
  const TempDir dir;
  ZipWriter zip(dir.file("a.zip"));
  zip.add("a", "");
  EXPECT_THROW(zip.add("a", ""), ValueError);
  EXPECT_THROW(zip.add("", ""), ValueError);
}

TEST(Zip, HoldsMoreMembersThan16BitsCount) {
  const TempDir dir;
  ZipWriter writer(dir.file("a.zip"));
  for (int i = 0; i < 66000; ++i) writer.add(std::to_string(i), "x");
  writer.finish();
  const ZipReader zip(MappedFile::open(dir.file("a.zip")));
  ASSERT_EQ(zip.members().size(), 66000u);
  EXPECT_EQ(text_of(zip.read(65999)), "x");
}

TEST(Zip, RefusesBrokenArchives) {
  const TempDir dir;
  const auto good = archive_of(dir, "hello hello");
  EXPECT_EQ(error_of(good), "accepted");
  EXPECT_THAT(error_of(""), HasSubstr("expected a zip archive"));
  EXPECT_THAT(error_of("no zip at all"), HasSubstr("expected a zip archive"));
  auto bad = good;
  bad[bad.find("hello")] = 'j';
  EXPECT_THAT(error_of(bad), HasSubstr("first.txt"));  // the checksum
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_NE(error_of(good.substr(0, n)), "accepted") << n;
  // Both entries of the directory under one name.
  bad = good;
  const auto second = bad.rfind("folder/");
  bad.replace(second, 9, "first.txt");
  EXPECT_NE(error_of(bad), "accepted");
}

}  // namespace
}  // namespace hornbeam::base
