// Version 1 B-trees: the entries of old-style groups, and the chunks of most chunked datasets.
#pragma once

#include <cstdint>
#include <functional>

#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

enum class Btree1Type : unsigned { group = 0, chunk = 1 };

// Calls `leaf` with the key before, and the address of, each child of the tree's lowest nodes.
void walk_btree1(const Image& image, std::uint64_t root, Btree1Type type, std::uint64_t key_size, Budget& budget,
                 const std::function<void(Cursor key, std::uint64_t child)>& leaf);

}  // namespace hornbeam::formats::hdf5
