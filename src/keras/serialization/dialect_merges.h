// Merging layers in the dialects: those of Keras 3 bring their inputs to one dtype, those of tf.keras want them so.
#pragma once

#include <string>

#include "hornbeam/layer.hpp"
#include "keras/serialization/dialect.h"

namespace hornbeam {

// Throws ValueError when the layer merges tensors of several dtypes and the target's cannot. `who`: "Add layer 'x'".
void check_merged_dtypes(const Layer& layer, const std::string& who, Target target);

}  // namespace hornbeam
