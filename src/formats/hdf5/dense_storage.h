// Links or attributes of an object that has many: each lies in a fractal heap, and a B-tree of their names finds it.
#pragma once

#include <functional>

#include "formats/hdf5/btree2.h"
#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

// Calls `visit` with each link's or attribute's message, in no particular order. `info`: the link info or attribute
// info message, and with it `names`, the type of the B-tree.
void walk_dense_storage(const Image& image, Cursor info, Btree2Type names,
                        const std::function<void(Cursor message)>& visit);

}  // namespace hornbeam::formats::hdf5
