// The links of a group, however the group stores them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/hdf5/image.h"
#include "formats/hdf5/object_header.h"

namespace hornbeam::formats::hdf5 {

struct Link {
  enum class Kind { hard, soft, external, user_defined };
  Kind kind = Kind::hard;
  std::string_view name;      // in the image
  std::uint64_t address = 0;  // hard: the object header
  std::string_view target;    // soft: the path
};

struct LinkIndex {
  std::vector<Link> links;  // sorted by name
  const Link* find(std::string_view name) const;
};

bool is_group(const ObjectHeader& header);
// Sorted by name. Throws FormatError on damage, on duplicates and on names that are empty, hold '/' or are not UTF-8.
std::vector<Link> read_links(const Image& image, const ObjectHeader& header);

}  // namespace hornbeam::formats::hdf5
