// Weights of Keras 3 in several files: "x.weights.json" tells in which of "x_00000.weights.h5", ... a group lies.
#pragma once

#include "base/mapped_file.h"
#include "keras/saving/v3_store.h"

namespace hornbeam {

bool is_shard_index(const base::MappedFile& file);
// Opens the files that the index names, which lie beside it. Throws FormatError, also on a name that is a path.
V3Store open_shards(const base::MappedFile& index);

}  // namespace hornbeam
