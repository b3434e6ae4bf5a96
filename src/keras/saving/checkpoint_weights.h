// Weights, and the optimizer's state, as a TensorFlow checkpoint whose root is the model.
#pragma once

#include <optional>
#include <string>

#include "base/atomic_file.h"
#include "hornbeam/saving.hpp"

namespace hornbeam {

// Is "<prefix>.index" there?
bool is_checkpoint(const std::string& prefix);
// The checkpoint that `path` means: itself, a SavedModel folder's variables; none when it is a file or nothing is there
// that could be one.
std::optional<std::string> checkpoint_prefix(const std::string& path);
// Throws OSError when there is none at `prefix`.
train::CheckpointStatus load_checkpoint(Model& model, const std::string& prefix, const LoadWeightsOptions& options,
                                        LoadReport& report);
// Writes it and notes it in the folder's file `checkpoint`.
void save_checkpoint(const Model& model, const std::string& prefix, base::IfExists if_exists, Target target,
                     SaveReport& report);

}  // namespace hornbeam
