// What Keras keeps in a SavedModel about its own objects, as JSON: in the object graph for TensorFlow 2.2, in
// keras_metadata.pb for 2.5 and later.
#pragma once

#include <string>

#include "hornbeam/model.hpp"
#include "keras/serialization/dialect_write.h"

namespace hornbeam {

// "_tf_keras_layer", "_tf_keras_sequential" ...
std::string keras_identifier(const Layer& layer, Target target);
// `training_config` is a compiled root model's, else null.
Config keras_metadata(const Layer& layer, const Dialect& dialect, const Config& training_config);

}  // namespace hornbeam
