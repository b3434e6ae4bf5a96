// Version 2 B-trees: the name indexes of dense groups and attributes, huge heap objects, chunks with two or more
// unlimited dimensions.
#pragma once

#include <cstdint>
#include <functional>

#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

enum class Btree2Type : unsigned {
  huge_indirect = 1,
  link_name = 5,
  attribute_name = 8,
  chunk = 10,
  filtered_chunk = 11,
};

// Calls `visit` with each record, in no particular order.
void walk_btree2(const Image& image, std::uint64_t address, Btree2Type type, Budget& budget,
                 const std::function<void(Cursor record)>& visit);

}  // namespace hornbeam::formats::hdf5
