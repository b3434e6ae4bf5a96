// A whole model as a SavedModel folder, which TensorFlow 2.2 to tf-keras load as Keras's own.
#pragma once

#include <string>

#include "base/atomic_file.h"
#include "hornbeam/saving.hpp"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

// Throws as save_saved_model would, but for failing writes; leaves nothing behind.
void check_saved_model(Model& model, const std::string& folder, base::IfExists if_exists, Target target,
                       const SaveOptions& options, SaveReport& report);
void save_saved_model(Model& model, const std::string& folder, base::IfExists if_exists, Target target,
                      const SaveOptions& options, SaveReport& report);

}  // namespace hornbeam
