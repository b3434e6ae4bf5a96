#include "formats/tensor_bundle/index.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "formats/tensor_bundle/bytes.h"
#include "formats/tensor_bundle/table_reader.h"
#include "formats/tensor_bundle/table_writer.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/tensor_bundle.pb.h"

namespace hornbeam::formats::tensor_bundle {
namespace {

constexpr int kVersion = 1;                               // of bundles that are read and written here
constexpr std::size_t kMostRank = 254;                    // TensorFlow's own limit
constexpr std::size_t kMostEntry = std::size_t{1} << 20;  // 50,000 parts of a partitioned tensor

struct Place {
  const std::string& file;
  const std::string& tensor;
  [[noreturn]] void fail(std::string expected, std::string found) const {
    throw FormatError(file, "tensor " + in_quotes(tensor), std::move(expected), std::move(found));
  }
};

std::int32_t read_header(std::string_view value, const std::string& file) {
  const auto fail = [&](std::string expected, std::string found) {
    throw FormatError(file, "header", std::move(expected), std::move(found));
  };
  proto::BundleHeaderProto header;
  if (value.size() > kMostEntry || !header.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    fail("a BundleHeaderProto", "bytes that do not parse");
  }
  if (header.endianness() != 0) fail("little endian data", "endianness " + std::to_string(header.endianness()));
  const auto& version = header.version();
  const auto& bad = version.bad_consumers();
  if (version.min_consumer() > kVersion || version.producer() < 0 ||
      std::find(bad.begin(), bad.end(), kVersion) != bad.end()) {
    fail("a bundle for readers of version " + std::to_string(kVersion),
         "one for version " + std::to_string(version.min_consumer()) + " and later");
  }
  if (header.num_shards() < 1 || header.num_shards() > kMostShards) {
    fail("from 1 to " + std::to_string(kMostShards) + " shards", std::to_string(header.num_shards()));
  }
  return header.num_shards();
}

Shape read_shape(const proto::TensorShapeProto& shape, const Place& place) {
  if (shape.unknown_rank()) place.fail("a shape", "one of unknown rank");
  if (static_cast<std::size_t>(shape.dim_size()) > kMostRank) {
    place.fail("a shape of at most " + std::to_string(kMostRank) + " dimensions", std::to_string(shape.dim_size()));
  }
  std::vector<std::int64_t> dims;
  for (const auto& dim : shape.dim()) {
    if (dim.size() < 0) place.fail("a shape of known dimensions", "dimension " + std::to_string(dim.size()));
    dims.push_back(dim.size());
  }
  Shape result(std::move(dims));
  try {
    result.num_elements();
  } catch (const ValueError&) {
    place.fail("a shape whose elements can be counted", result.to_string() + ", an overflow");
  }
  return result;
}

Slice read_slice(const proto::TensorSliceProto& slice, const Shape& shape, const Place& place) {
  if (static_cast<std::size_t>(slice.extent_size()) != shape.rank()) {
    place.fail("slices of " + std::to_string(shape.rank()) + " dimensions", std::to_string(slice.extent_size()));
  }
  Slice result;
  for (int i = 0; i < slice.extent_size(); ++i) {
    const auto& extent = slice.extent(i);
    const bool whole = extent.has_length_case() != proto::TensorSliceProto::Extent::kLength;
    const auto dim = shape[static_cast<std::size_t>(i)];
    const Extent read{extent.start(), whole ? -1 : extent.length()};
    if (whole ? read.start != 0
              : read.start < 0 || read.length < 0 || read.start > dim || read.length > dim - read.start) {
      place.fail("slices within the shape " + shape.to_string(),
                 "a slice from " + std::to_string(read.start) + ", " + std::to_string(extent.length()) + " long");
    }
    result.push_back(read);
  }
  return result;
}

void check_size(const Entry& entry, const Place& place) {
  const auto elements = entry.shape.num_elements();
  const auto found = "size " + std::to_string(entry.size);
  if (entry.offset < 0 || entry.size < 0) {
    place.fail("an offset and a size in the data file", "offset " + std::to_string(entry.offset) + ", " + found);
  }
  const auto dtype = entry.dtype();
  if (dtype == DType::string) {
    // A length of one byte at least for each, and a checksum.
    if (entry.size < 4 || entry.size - 4 < elements)
      place.fail("a size for strings of shape " + entry.shape.to_string(), found);
    return;
  }
  const auto wide = dtype == DType::variant ? 0 : static_cast<std::int64_t>(size_of(dtype));
  if (wide != 0 && (entry.size % wide != 0 || entry.size / wide != elements)) {
    place.fail("the size of dtype " + entry.type_name() + " and shape " + entry.shape.to_string(), found);
  }
}

Entry read_entry(std::string_view value, std::int32_t shards, const Place& place) {
  proto::BundleEntryProto proto;
  if (value.size() > kMostEntry || !proto.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    place.fail("a BundleEntryProto", "bytes that do not parse");
  }
  Entry entry;
  entry.type = proto.dtype();
  entry.shape = read_shape(proto.shape(), place);
  entry.shard = proto.shard_id();
  entry.offset = proto.offset();
  entry.size = proto.size();
  entry.checksum = proto.crc32c();
  for (const auto& slice : proto.slices()) entry.slices.push_back(read_slice(slice, entry.shape, place));
  if (entry.shard < 0 || entry.shard >= shards) {
    place.fail("one of " + std::to_string(shards) + " shards", "shard " + std::to_string(entry.shard));
  }
  if (entry.slices.empty()) {
    check_size(entry, place);
  } else if (entry.size != 0 || entry.offset != 0) {
    place.fail("slices in entries of their own", "an offset and a size beside them");
  }
  return entry;
}

std::string header_of(const Index& index) {
  proto::BundleHeaderProto header;
  header.set_num_shards(index.shards);
  header.mutable_version()->set_producer(kVersion);
  return header.SerializeAsString();
}

std::string serialize(const Entry& entry) {
  proto::BundleEntryProto proto;
  proto.set_dtype(entry.type);
  auto& shape = *proto.mutable_shape();  // there for scalars too
  for (const auto dim : entry.shape) shape.add_dim()->set_size(dim);
  proto.set_shard_id(entry.shard);
  proto.set_offset(entry.offset);
  proto.set_size(entry.size);
  proto.set_crc32c(entry.checksum);
  for (const auto& slice : entry.slices) {
    auto& added = *proto.add_slices();
    for (const auto& [start, length] : slice) {
      auto& extent = *added.add_extent();
      extent.set_start(start);
      if (length >= 0) extent.set_length(length);
    }
  }
  return proto.SerializeAsString();
}

// The first record, or an error that it is not there.
struct HeaderFirst {
  const std::string& file;
  std::int32_t shards = 0;  // once it was read
  // Was this the header?
  bool take(std::string_view key, std::string_view value) {
    if (shards != 0) return false;
    if (!key.empty()) throw FormatError(file, "header", "the header's empty key first", in_quotes(key));
    shards = read_header(value, file);
    return true;
  }
  std::int32_t result() const {
    if (shards == 0) throw FormatError(file, "header", "the header's empty key first", "no records");
    return shards;
  }
};

}  // namespace

Index parse_index(std::span<const std::byte> file, const std::string& name) {
  Index index;
  HeaderFirst header{name};
  read_table(file, name, [&](std::string_view key, std::string_view value) {
    if (header.take(key, value)) return;
    const std::string tensor(key);
    const Place place{name, tensor};
    if (!is_slice_key(key) && (key.find('\0') != std::string_view::npos || !base::is_utf8(key))) {
      place.fail("a name in UTF-8 without NUL", "other bytes");
    }
    index.entries.emplace_hint(index.entries.end(), tensor, read_entry(value, header.shards, place));
  });
  index.shards = header.result();
  return index;
}

std::int32_t parse_shards(std::span<const std::byte> file, const std::string& name) {
  HeaderFirst header{name};
  read_table(file, name, [&](std::string_view key, std::string_view value) { header.take(key, value); });
  return header.result();
}

std::string serialize(const Index& index) {
  std::map<std::string, std::string> records{{"", header_of(index)}};
  for (const auto& [key, entry] : index.entries) records.emplace_hint(records.end(), key, serialize(entry));
  return write_table(records);
}

std::string index_path(const std::string& prefix) { return prefix + ".index"; }

std::string shard_path(const std::string& prefix, std::int32_t shard, std::int32_t shards) {
  return fmt::format("{}.data-{:05}-of-{:05}", prefix, shard, shards);
}

}  // namespace hornbeam::formats::tensor_bundle
