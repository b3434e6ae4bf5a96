// Which artifact a path and a save_format ask for, by the rules of the Keras that shall open it.
#pragma once

#include <string>

#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

enum class Artifact { h5, saved_model, keras_v3, weights_h5, weights_v3, checkpoint };

// Throws ValueError in Keras's words when that Keras has no such format, or when name and format say different things.
Artifact model_artifact(const std::string& path, const std::string& save_format, Target target);
Artifact weights_artifact(const std::string& path, const std::string& save_format, Target target);

}  // namespace hornbeam
