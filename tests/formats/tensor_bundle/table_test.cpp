// Every way an index table can be wrong, and what is said of it.
#include <gmock/gmock.h>
#include <leveldb/env.h>
#include <leveldb/options.h>
#include <leveldb/table_builder.h>

#include <map>

#include "formats/tensor_bundle/table_format.h"
#include "formats/tensor_bundle/table_reader.h"
#include "formats/tensor_bundle/table_writer.h"
#include "formats/tensor_bundle/test_bundles.h"
#include "support/sanitized.h"

namespace hornbeam::formats::tensor_bundle::testing {
namespace {

using ::testing::HasSubstr;
using Records = std::map<std::string, std::string>;

Records records_of(const std::string& bytes) {
  Records records;
  read_table(as_raw(bytes), "a.index",
             [&](std::string_view key, std::string_view value) { EXPECT_TRUE(records.emplace(key, value).second); });
  return records;
}

std::string error_of_table(const std::string& bytes) {
  return error_of([&] { records_of(bytes); });
}

// Parts of a table, to be put together wrongly.
std::string record(std::uint64_t shared, const std::string& fresh, const std::string& value) {
  std::string bytes;
  append_varint(bytes, shared);
  append_varint(bytes, fresh.size());
  append_varint(bytes, value.size());
  return bytes + fresh + value;
}
std::string block(const std::string& records, const std::vector<std::uint32_t>& restarts = {0}) {
  std::string bytes = records;
  for (const auto restart : restarts) append(bytes, restart);
  append(bytes, static_cast<std::uint32_t>(restarts.size()));
  return bytes;
}
std::string handle(std::uint64_t offset, std::uint64_t size) {
  std::string bytes;
  append_varint(bytes, offset);
  append_varint(bytes, size);
  return bytes;
}

struct Parts {
  std::vector<std::string> data;  // without trailers
  std::vector<std::string> separators = {"z"};
  std::string metaindex = std::string(kEmptyBlock);
  std::vector<std::string> handles = {};  // in the index instead of the right ones
  std::string padding = std::string(40, '\0');
  char compression = 0;

  std::string table() const {
    std::string bytes, index;
    for (std::size_t i = 0; i < data.size(); ++i) {
      const auto right = handle(bytes.size(), data[i].size());
      index += record(0, separators[i], i < handles.size() ? handles[i] : right);
      bytes += sealed(data[i], compression);
    }
    std::vector<std::uint32_t> restarts;
    std::size_t at = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
      restarts.push_back(static_cast<std::uint32_t>(at));
      at += 3 + separators[i].size() + (i < handles.size() ? handles[i] : handle(0, data[i].size())).size();
    }
    const auto index_block = block(index, restarts);
    std::string footer = handle(bytes.size(), metaindex.size());
    bytes += sealed(metaindex);
    footer += handle(bytes.size(), index_block.size());
    bytes += sealed(index_block);
    return bytes + footer + padding.substr(footer.size()) + std::string(kMagic);
  }
};

std::string of_block(const std::string& data, char compression = 0) {
  Parts parts{.data = {data}};
  parts.compression = compression;
  return error_of_table(parts.table());
}

TEST(Table, RewritesTensorFlowsByteForByte) {
  for (const auto& name : kRecorded) {
    const auto bytes = read_file(recorded(name) + ".index");
    const auto records = records_of(bytes);
    EXPECT_GE(records.size(), 3u) << name;
    EXPECT_EQ(write_table(records), bytes) << name;
  }
}

TEST(Table, ManyBlocks) {
  Records records;
  for (int i = 0; i < 20000; ++i)
    records["key " + std::to_string(i)] = std::string(static_cast<std::size_t>(i % 90), 'v');
  EXPECT_EQ(records_of(write_table(records)), records);
}

TEST(Table, EveryFlippedBitIsRefused) {
  for (const auto& name : {"model-2.2.3", "sliced"}) {
    auto bytes = read_file(recorded(name) + ".index");
    std::size_t flips = 0;
    for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += testing_support::kStep) {
      auto& byte = bytes[bit / 8];
      const char original = byte;
      byte = static_cast<char>(original ^ (1 << bit % 8));
      EXPECT_NE(error_of_table(bytes), "accepted") << name << " bit " << bit;
      byte = original;
      ++flips;
    }
    EXPECT_GE(flips, 8 * bytes.size() / testing_support::kStep);
    EXPECT_EQ(error_of_table(bytes), "accepted");
  }
}

TEST(Table, EveryTruncationIsRefused) {
  const auto bytes = read_file(recorded("types") + ".index");
  for (std::size_t size = 0; size < bytes.size(); size += testing_support::kStep) {
    EXPECT_NE(error_of_table(bytes.substr(0, size)), "accepted") << size;
  }
  EXPECT_NE(error_of_table(bytes + '\0'), "accepted");
  EXPECT_NE(error_of_table('\0' + bytes), "accepted");
}

class InMemory : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice& data) override {
    bytes.append(data.data(), data.size());
    return {};
  }
  leveldb::Status Close() override { return {}; }
  leveldb::Status Flush() override { return {}; }
  leveldb::Status Sync() override { return {}; }
  std::string bytes;
};

TEST(Table, CompressedBlocks) {
  Records records;
  for (int i = 0; i < 2000; ++i) records["key " + std::to_string(i)] = std::string(40, 'v');
  InMemory file;
  leveldb::Options options;
  options.compression = leveldb::kSnappyCompression;
  leveldb::TableBuilder builder(options, &file);
  for (const auto& [key, value] : records) builder.Add(key, value);
  ASSERT_TRUE(builder.Finish().ok());
  EXPECT_LT(file.bytes.size(), 40000u);
  EXPECT_EQ(records_of(file.bytes), records);
}

TEST(Table, WrongBlocks) {
  const auto one = record(0, "a", "1");
  EXPECT_EQ(of_block(block(one)), "accepted");
  EXPECT_EQ(of_block(block(one + record(1, "b", "2"))), "accepted");
  EXPECT_EQ(of_block(block(one + record(0, "b", "2"), {0, 5})), "accepted");
  EXPECT_THAT(of_block(""), HasSubstr("restart points within the block, found 0 of them"));
  EXPECT_THAT(of_block(block(one, {})), HasSubstr("found 0 of them"));
  EXPECT_THAT(of_block(one + std::string(4, '\xff')), HasSubstr("found 4294967295 of them"));
  EXPECT_THAT(of_block(block(one, {1})), HasSubstr("restart points where records begin"));
  EXPECT_THAT(of_block(block(one, {0, 0})), HasSubstr("restart points where records begin"));
  EXPECT_THAT(of_block(block(one, {0, 100})), HasSubstr("restart points where records begin"));
  EXPECT_THAT(of_block(block(record(50, "a", "1"))), HasSubstr("found 50 shared bytes"));
  EXPECT_THAT(of_block(block(one + record(1, "b", "2"), {0, 5})), HasSubstr("found 1 shared bytes"));
  EXPECT_THAT(of_block(block(std::string("\0\x01\x7f", 3) + "a")),
              HasSubstr("a record within the block, found 128 bytes"));
  EXPECT_THAT(of_block(block(std::string("\0\xff\xff\xff\xff\x0f\xff\xff\xff\xff\x0f", 11))),
              HasSubstr("found 8589934590"));
  EXPECT_THAT(of_block(block(std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\0", 12))),
              HasSubstr("three lengths"));
  EXPECT_THAT(of_block(block(std::string("\0\x80", 2))), HasSubstr("three lengths"));
  EXPECT_THAT(of_block(block(std::string("\x80\0\x01\0", 4) + "a")),
              HasSubstr("three lengths"));  // a zero in two bytes
  EXPECT_THAT(of_block(block(one + record(0, "a", "2"))), HasSubstr("'a' twice (a duplicate key)"));
  EXPECT_THAT(of_block(block(record(0, "b", "1") + record(0, "a", "2"))), HasSubstr("'a' behind 'b'"));
  EXPECT_THAT(of_block(block("")), HasSubstr("expected records, found none"));
  EXPECT_THAT(of_block(block(record(0, "zz", "1"))), HasSubstr("a key not before the block's last, 'zz', found 'z'"));
  EXPECT_THAT(of_block(block(one), 2), HasSubstr("found compression 2"));
}

TEST(Table, WrongCompression) {
  EXPECT_THAT(of_block(block(record(0, "a", "1")), 1), HasSubstr("compressed by snappy"));
  EXPECT_THAT(of_block("", 1), HasSubstr("compressed by snappy"));
  EXPECT_THAT(of_block(std::string("\xff\xff\xff\xff\x0f\0\0", 7), 1), HasSubstr("found 4294967295 bytes made of 7"));
  EXPECT_THAT(of_block(std::string("\x08\0\0", 3), 1), HasSubstr("corrupt data"));
}

TEST(Table, WrongPlaces) {
  const auto a = block(record(0, "a", "1")), b = block(record(0, "b", "1"));
  const auto second = a.size() + kTrailerSize;
  EXPECT_EQ(error_of_table(Parts{{a, b}, {"a", "b"}}.table()), "accepted");
  EXPECT_THAT(error_of_table(Parts{{a, b}, {"b", "c"}}.table()), HasSubstr("keys beyond the index's 'b', found 'b'"));
  EXPECT_THAT(error_of_table(Parts{{b, a}, {"b", "c"}}.table()), HasSubstr("'a' behind 'b'"));
  Parts parts{{a, b}, {"a", "b"}};
  parts.handles = {handle(second, b.size()), handle(0, a.size())};
  EXPECT_THAT(error_of_table(parts.table()), HasSubstr("a block at offset 0, found a block at offset"));
  parts.handles = {handle(0, a.size()), handle(0, a.size())};
  EXPECT_THAT(error_of_table(parts.table()), HasSubstr("found a block at offset 0"));
  parts.handles = {handle(~std::uint64_t{0} - 4, 5)};
  EXPECT_THAT(error_of_table(parts.table()), HasSubstr("(out of range)"));
  parts.handles = {handle(0, ~std::uint64_t{0})};
  EXPECT_THAT(error_of_table(parts.table()), HasSubstr("(out of range)"));
  parts.handles = {handle(0, a.size()) + "x"};
  EXPECT_THAT(error_of_table(parts.table()), HasSubstr("more bytes"));
  parts.handles = {"\x01"};
  EXPECT_THAT(error_of_table(parts.table()), HasSubstr("two varints"));
  Parts filter{{a}};
  filter.metaindex = block(record(0, "filter.x", handle(0, 1)));
  EXPECT_THAT(error_of_table(filter.table()), HasSubstr("metaindex block"));
  Parts padded{{a}};
  padded.padding[39] = 1;
  EXPECT_THAT(error_of_table(padded.table()), HasSubstr("zeros behind the block handles"));
  auto wrong = Parts{{a}}.table();
  wrong.back() = 'x';
  EXPECT_THAT(error_of_table(wrong), HasSubstr("magic number of an sstable"));
  EXPECT_THAT(error_of_table(""), HasSubstr("truncated"));
}

// A kilobyte's worth of shared beginnings over and over.
TEST(Table, KeysThatGrowWithoutBytes) {
  std::string records = record(0, std::string(100'000, 'k'), "");
  for (int i = 0; i < 20000; ++i) records += record(100'000 + static_cast<std::uint64_t>(i), "k", "");
  EXPECT_THAT(of_block(block(records)), HasSubstr("keys of at most 64 times the file's size"));
}

}  // namespace
}  // namespace hornbeam::formats::tensor_bundle::testing
