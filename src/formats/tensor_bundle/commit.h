// Puts a finished data file and its index in the place of what is there under the same prefix, so that at every moment
// the old bundle or the new one is there, whole.
#pragma once

#include <string>

#include "base/atomic_file.h"
#include "formats/tensor_bundle/index.h"

namespace hornbeam::formats::tensor_bundle {

// How many data files the index under `prefix` names: 0 when there is no index, 1 when it cannot be understood. Throws
// OSError.
std::int32_t shards_at(const std::string& prefix);
// Where a writer makes its data file: as if it were to replace the one that is there.
std::string data_path(const std::string& prefix);
// `data` is whole and all entries lie in its shard 0. Throws OSError, after which the old bundle is there, or the new
// one when only the last sync went wrong.
void commit(const std::string& prefix, base::AtomicFile& data, Index index);

}  // namespace hornbeam::formats::tensor_bundle
