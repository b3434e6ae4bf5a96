// Whole models and weights as H5 files.
#pragma once

#include <string>

#include "base/atomic_file.h"
#include "hornbeam/saving.hpp"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

// Both write to a temporary sibling that replaces `path` when it is whole and synced. Throw OSError.
void save_h5_model(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                   bool include_optimizer, SaveReport& report);
void save_h5_weights(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                     SaveReport& report);
// Throws what save_h5_model would throw of the model, and leaves in the report what it would drop and convert.
void check_h5_model(const Model& model, Target target, bool include_optimizer, SaveReport& report);

}  // namespace hornbeam
