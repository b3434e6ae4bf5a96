// Weights of Keras 3 in several files: "x.weights.json" tells in which of "x_00000.weights.h5", ... a group lies.
#pragma once

#include <optional>
#include <string>

#include "base/mapped_file.h"
#include "hornbeam/config.hpp"
#include "keras/saving/v3_store.h"

namespace hornbeam {

// None when the JSON is no such index. Throws FormatError when it is no JSON.
std::optional<Config> shard_index_of(const base::MappedFile& file);
// Opens the files that the index names, which lie beside it. Throws FormatError, also on a name that is a path.
V3Store open_shards(const Config& index, const std::string& path);

}  // namespace hornbeam
