// Arrays by name of files that hold weights and no model.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "hornbeam/tensor.hpp"

namespace hornbeam::cli {

// Of an H5 file without a model's config, the files that an index of Keras 3 names, a checkpoint (its prefix, or a
// folder whose latest is meant) or an .npz; mapped where that can be. Nothing where `path` is none of these. Throws
// FormatError.
std::optional<std::map<std::string, Tensor>> weights_in(const std::string& path);
// The checkpoint that `path` is the prefix or the folder of; empty when it is none, but a file or a SavedModel.
std::string checkpoint_at(const std::string& path);

}  // namespace hornbeam::cli
