#include <gmock/gmock.h>

#include "base/crc32.h"
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

TEST(Zip, AMemberIsWrittenInPlace) {
  const TempDir dir;
  for (const std::size_t size : {0U, 5U, 3'000'000U}) {
    const std::string content(size, 'x');
    ZipWriter zip(dir.file("a.zip"));
    zip.add("first.txt", "hello");
    zip.add_in_place("back and forth", [&](AtomicFile& file, std::uint64_t begin) {
      EXPECT_EQ(begin % 64, 0u);
      file.write_at(begin + size / 2, std::as_bytes(std::span(content).subspan(size / 2)));
      file.write_at(begin, std::as_bytes(std::span(content).first(size / 2)));
    });
    zip.add("last.txt", "bye");
    zip.finish();
    const ZipReader again(MappedFile::open(dir.file("a.zip")));
    EXPECT_EQ(text_of(again.read("back and forth")), content);
    EXPECT_EQ(text_of(again.read("last.txt")), "bye");
  }
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

std::string number(std::uint64_t value, int width) {
  std::string text;
  for (; width > 0; --width, value >>= 8) text += static_cast<char>(value & 0xFF);
  return text;
}

// The fields that a member's header and its entry in the directory share, from the version on.
std::string fields(const std::string& name, const std::string& content) {
  const auto crc = crc32(std::as_bytes(std::span(content)));
  return number(20, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(crc, 4) + number(content.size(), 4) +
         number(content.size(), 4) + number(name.size(), 2) + number(0, 2);
}
std::string header(const std::string& name, const std::string& content) {
  return "PK\3\4" + fields(name, content) + name + content;
}
std::string entry(const std::string& name, const std::string& content, std::size_t offset) {
  return "PK\1\2" + number(20, 2) + fields(name, content) + number(0, 10) + number(offset, 4) + name;
}
std::string archive_of(const std::string& members, const std::string& directory, std::size_t count) {
  return members + directory + "PK\5\6" + number(0, 4) + number(count, 2) + number(count, 2) +
         number(directory.size(), 4) + number(members.size(), 4) + number(0, 2);
}

// One member's bytes in another's: so many members of a small archive come to a great many bytes.
TEST(Zip, RefusesMembersThatOverlap) {
  const auto beside = header("a", "hello") + header("b", "bye");
  const auto second = header("a", "hello").size();
  EXPECT_EQ(error_of(archive_of(beside, entry("a", "hello", 0) + entry("b", "bye", second), 2)), "accepted");
  // In any order.
  EXPECT_EQ(error_of(archive_of(beside, entry("b", "bye", second) + entry("a", "hello", 0), 2)), "accepted");
  const auto inner = header("b", "bye");
  const auto outer = header("a", inner);
  const auto within = outer.size() - inner.size();
  for (const auto& directory :
       {entry("a", inner, 0) + entry("b", "bye", within), entry("b", "bye", within) + entry("a", inner, 0)}) {
    EXPECT_THAT(error_of(archive_of(outer, directory, 2)),
                HasSubstr("(member 'b'): expected members beside each other, found one that overlaps 'a'"));
  }
}

TEST(Zip, OpensStoredMembersWhereTheyLie) {
  const TempDir dir;
  archive_of(dir, "hello");
  const auto file = MappedFile::open(dir.file("a.zip"));
  const auto whole = file->bytes();
  auto zip = std::make_unique<ZipReader>(file);
  const auto member = zip->open("first.txt");
  zip.reset();  // the member keeps the mapping
  EXPECT_GE(member->bytes().data(), whole.data());
  EXPECT_LT(member->bytes().data(), whole.data() + whole.size());
  EXPECT_EQ(text_of({member->bytes().begin(), member->bytes().end()}), "hello");
  EXPECT_THAT(member->path(), HasSubstr("a.zip (member 'first.txt')"));
}

// Each way in which an archive can lie: a byte (or two) of the header before the first member, or of its entry in the
// directory, is another.
TEST(Zip, SaysWhatIsWrong) {
  const TempDir dir;
  const auto good = archive_of(dir, "hello hello");
  const auto entry = good.find("PK\1\2"), second = good.find("PK\1\2", entry + 4), end = good.find("PK\5\6");
  struct Change {
    std::size_t at;
    char value;
  };
  struct Wrong {
    const char* what;
    std::vector<Change> changes;
    const char* text;
  };
  const std::vector<Wrong> all = {
      {"encrypted", {{6, 1}, {entry + 8, 1}}, "a plain member, found an encrypted one"},
      {"compression", {{8, 12}, {entry + 10, 12}}, "compression"},
      {"symbolic link", {{entry + 41, char(0xA1)}}, "found a symbolic link"},
      {"size of the entry", {{entry + 24, 12}}, "first.txt"},
      {"size of the header", {{22, 12}}, "size"},
      {"name of the header", {{30, 'F'}}, "name"},
      {"checksum of both", {{14, 'x'}, {entry + 16, 'x'}}, "checksum"},
      {"place of the second", {{second + 42, 0}}, "name"},
      {"place past the end", {{entry + 44, 1}}, "offset"},
      {"number of members", {{end + 10, 9}}, "directory"},
      {"place of the directory", {{end + 16, 1}}, "directory"},
      {"comment past the end", {{end + 20, 5}}, "zip archive"},
  };
  for (const auto& [what, changes, text] : all) {
    auto bad = good;
    for (const auto& [at, value] : changes) bad[at] = value;
    EXPECT_NE(error_of(bad), "accepted") << what;
    try {
      read_zip_directory(std::as_bytes(std::span(bad)), "a.zip");
      EXPECT_STREQ(what, "checksum of both");  // which is told when the member is read
    } catch (const FormatError& e) {
      EXPECT_THAT(e.what(), HasSubstr(text)) << what;
    }
  }
}

}  // namespace
}  // namespace hornbeam::base
