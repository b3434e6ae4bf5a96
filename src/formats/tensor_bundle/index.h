// What a bundle's index says: how many data files there are, and of each tensor its type, shape and place in them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hornbeam/dtype.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam::formats::tensor_bundle {

// A part of one dimension.
struct Extent {
  std::int64_t start = 0;
  std::int64_t length = -1;  // -1: the whole dimension
  friend bool operator==(const Extent&, const Extent&) = default;
};
using Slice = std::vector<Extent>;  // an extent for each dimension

struct Entry {
  int type = 0;  // TensorFlow's number, which Hornbeam may not have
  Shape shape;
  std::int32_t shard = 0;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::uint32_t checksum = 0;  // masked
  // Of a partitioned tensor: its parts, whose own entries are under slice_key(). Shard, offset, size and checksum are
  // 0.
  std::vector<Slice> slices;

  DType dtype() const;            // DType::invalid when Hornbeam has none
  std::string type_name() const;  // as TensorFlow prints it
  friend bool operator==(const Entry&, const Entry&) = default;
};

struct Index {
  std::int32_t shards = 1;
  std::map<std::string, Entry, std::less<>> entries;
};

// Shards are numbered with five digits.
inline constexpr std::int32_t kMostShards = 99999;
// The key under which a part of a partitioned tensor is stored. Such keys begin with a NUL, names do not.
std::string slice_key(std::string_view name, const Slice& slice);
inline bool is_slice_key(std::string_view key) { return key.starts_with('\0'); }

// `name` is the file's, for messages. Entries are checked by themselves: types are known to have the sizes stored,
// shapes not to overflow. Throws FormatError.
Index parse_index(std::span<const std::byte> file, const std::string& name);
// The header alone: how many data files it names.
std::int32_t parse_shards(std::span<const std::byte> file, const std::string& name);
std::string serialize(const Index& index);

// "<prefix>.index", "<prefix>.data-00000-of-00001"
std::string index_path(const std::string& prefix);
std::string shard_path(const std::string& prefix, std::int32_t shard, std::int32_t shards);

}  // namespace hornbeam::formats::tensor_bundle
