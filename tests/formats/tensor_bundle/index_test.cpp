// Every way the records of an index can be wrong, and what is said of it.
#include "formats/tensor_bundle/index.h"

#include <gmock/gmock.h>

#include <map>

#include "formats/tensor_bundle/table_writer.h"
#include "formats/tensor_bundle/test_bundles.h"

namespace hornbeam::formats::tensor_bundle::testing {
namespace {

using ::testing::HasSubstr;

// Protocol buffers by hand.
std::string number(int field, std::uint64_t value) {
  std::string bytes(1, static_cast<char>(field << 3));
  append_varint(bytes, value);
  return bytes;
}
std::string nested(int field, const std::string& message) {
  std::string bytes(1, static_cast<char>(field << 3 | 2));
  append_varint(bytes, message.size());
  return bytes + message;
}
std::string minus(std::int64_t value) {  // a negative number
  std::string bytes;
  append_varint(bytes, static_cast<std::uint64_t>(value));
  return bytes;
}
std::string dim(std::uint64_t size) { return nested(2, number(1, size)); }

const std::string kHeader = number(1, 1) + nested(3, number(1, 1));

std::string error_of_records(const std::map<std::string, std::string>& records) {
  const auto bytes = write_table(records);
  return error_of([&] { parse_index(as_raw(bytes), "a.index"); });
}
std::string error_of_header(const std::string& header) { return error_of_records({{"", header}}); }
std::string error_of_entry(const std::string& entry) { return error_of_records({{"", kHeader}, {"t", entry}}); }
std::string floats(const std::string& shape, std::uint64_t size) {
  return number(1, 1) + nested(2, shape) + number(5, size);
}

TEST(BundleIndex, Headers) {
  EXPECT_EQ(error_of_header(kHeader), "accepted");
  EXPECT_EQ(error_of_header(number(1, 99999)), "accepted");
  EXPECT_THAT(error_of_header(""), HasSubstr("from 1 to 99999 shards, found 0"));
  EXPECT_THAT(error_of_header(number(1, 0x7fffffff)), HasSubstr("shards, found 2147483647"));
  EXPECT_THAT(error_of_header('\x08' + minus(-1)), HasSubstr("shards, found -1"));
  EXPECT_THAT(error_of_header(kHeader + number(2, 1)), HasSubstr("little endian data, found endianness 1"));
  EXPECT_THAT(error_of_header(number(1, 1) + nested(3, number(2, 2))), HasSubstr("readers of version 1"));
  EXPECT_THAT(error_of_header(number(1, 1) + nested(3, number(3, 1))), HasSubstr("readers of version 1"));
  EXPECT_THAT(error_of_header("\x08"), HasSubstr("bytes that do not parse"));
  EXPECT_THAT(error_of_records({{"t", floats("", 4)}}), HasSubstr("the header's empty key first, found 't'"));
}

TEST(BundleIndex, Entries) {
  EXPECT_EQ(error_of_entry(floats("", 4)), "accepted");
  EXPECT_EQ(error_of_entry(floats(dim(2) + dim(3), 24)), "accepted");
  EXPECT_EQ(error_of_entry(floats(dim(0) + dim(3), 0)), "accepted");
  EXPECT_THAT(error_of_entry("\x08"), HasSubstr("tensor 't'): expected a BundleEntryProto"));
  EXPECT_THAT(error_of_entry(floats(dim(2), 12)), HasSubstr("the size of dtype float32 and shape (2,), found size 12"));
  EXPECT_THAT(error_of_entry(floats(dim(2), 9)), HasSubstr("found size 9"));
  EXPECT_THAT(error_of_entry(floats(nested(2, '\x08' + minus(-3)), 4)), HasSubstr("found dimension -3"));
  EXPECT_THAT(error_of_entry(floats(number(3, 1), 4)), HasSubstr("unknown rank"));
  EXPECT_THAT(error_of_entry(floats(dim(1ULL << 40) + dim(1ULL << 40), 0)), HasSubstr("an overflow"));
  EXPECT_THAT(error_of_entry(floats(dim(1ULL << 62), 0)), HasSubstr("found size 0"));
  EXPECT_THAT(error_of_entry(floats("", 4) + number(3, 1)), HasSubstr("one of 1 shards, found shard 1"));
  EXPECT_THAT(error_of_entry(floats("", 4) + '\x18' + minus(-1)), HasSubstr("found shard -1"));
  EXPECT_THAT(error_of_entry(floats("", 4) + '\x20' + minus(-8)), HasSubstr("found offset -8"));
  EXPECT_THAT(error_of_entry(number(1, 1) + '\x28' + minus(-4)), HasSubstr("size -4"));
  EXPECT_THAT(error_of_entry(number(1, 7) + nested(2, dim(5)) + number(5, 8)), HasSubstr("strings of shape (5,)"));
  std::string many;
  for (int i = 0; i < 255; ++i) many += dim(1);
  EXPECT_THAT(error_of_entry(floats(many, 4)), HasSubstr("at most 254 dimensions, found 255"));
  EXPECT_THAT(error_of_entry(std::string(2 << 20, '\0')), HasSubstr("bytes that do not parse"));
  EXPECT_THAT(error_of_records({{"", kHeader}, {"\xff", floats("", 4)}}), HasSubstr("a name in UTF-8"));
  EXPECT_THAT(error_of_records({{"", kHeader}, {std::string("a\0b", 3), floats("", 4)}}),
              HasSubstr("tensor 'a\\x00b'): expected a name in UTF-8"));
}

TEST(BundleIndex, Slices) {
  const auto slice = [](const std::string& extents) { return number(1, 1) + nested(2, dim(4)) + nested(7, extents); };
  const auto extent = [](std::uint64_t start, std::uint64_t length) {
    return nested(1, number(1, start) + number(2, length));
  };
  EXPECT_EQ(error_of_entry(slice(extent(1, 3))), "accepted");
  EXPECT_EQ(error_of_entry(slice(nested(1, ""))), "accepted");
  EXPECT_THAT(error_of_entry(slice(extent(2, 3))), HasSubstr("found a slice from 2, 3 long"));
  EXPECT_THAT(error_of_entry(slice(extent(5, 0))), HasSubstr("found a slice from 5, 0 long"));
  EXPECT_THAT(error_of_entry(slice(nested(1, number(1, 1)))), HasSubstr("found a slice from 1"));
  EXPECT_THAT(error_of_entry(slice(extent(0, ~std::uint64_t{0}))), HasSubstr("found a slice from 0, -1 long"));
  EXPECT_THAT(error_of_entry(slice(extent(0, 1) + extent(0, 1))), HasSubstr("slices of 1 dimensions, found 2"));
  EXPECT_THAT(error_of_entry(slice(extent(0, 4)) + number(5, 16)), HasSubstr("slices in entries of their own"));
}

TEST(BundleIndex, NamesOfTypes) {
  const auto name = [](int type) {
    Entry entry;
    entry.type = type;
    return entry.type_name();
  };
  EXPECT_EQ(name(1), "float32");
  EXPECT_EQ(name(101), "float32_ref");
  EXPECT_EQ(name(11), "qint8");
  EXPECT_EQ(name(25), "float8_e4m3fn");
  EXPECT_EQ(name(257), "number 257");
  EXPECT_EQ(name(-1), "number -1");
  EXPECT_EQ(name(0), "number 0");
}

// TensorFlow's own keys for the edges of the code.
TEST(BundleIndex, KeysOfSlicesFarOut) {
  const auto index = parse_index(as_raw(read_file(recorded("far") + ".index")), "far");
  const auto& slices = index.entries.at("far").slices;
  EXPECT_EQ(slices.size(), 19u);
  for (const auto& slice : slices) EXPECT_TRUE(index.entries.contains(slice_key("far", slice))) << slice[0].start;
  EXPECT_EQ(index.entries.size(), slices.size() + 1);
}

TEST(BundleIndex, SliceKeys) {
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char byte : bytes) {
      const auto c = static_cast<unsigned char>(byte);
      text += "0123456789abcdef"[c >> 4], text += "0123456789abcdef"[c & 15];
    }
    return text;
  };
  EXPECT_EQ(hex(slice_key("p", {{2, 2}, {}})),
            "007000010102"
            "8282"
            "807f");
  EXPECT_EQ(hex(slice_key(std::string("a\0\xff", 3), {})),
            "00"
            "6100ffff00"
            "0001"
            "00");
  EXPECT_EQ(hex(slice_key("", {{63, 64}, {8191, 8192}})),
            "00"
            "0001"
            "0102"
            "bfc040"
            "dfffe02000");
  EXPECT_EQ(hex(slice_key("", {{(1LL << 55) - 1, 1LL << 55}})),
            "00"
            "0001"
            "0101"
            "ff7fffffffffffff"
            "ff8080000000000000");
  EXPECT_EQ(hex(slice_key("", {{(1LL << 62) - 1, 0x7fffffffffffffff}})),
            "00"
            "0001"
            "0101"
            "ffbfffffffffffffff"
            "ffc07fffffffffffffff");
  EXPECT_EQ(slice_key("n", Slice(300)).substr(4, 3), std::string("\x02\x01\x2c", 3));
}

}  // namespace
}  // namespace hornbeam::formats::tensor_bundle::testing
