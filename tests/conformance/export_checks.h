// What Keras 3's `model.export()` wrote: a SavedModel of functions alone, no Keras model.
#pragma once

#include "conformance/checks.h"

namespace conformance {

using Expected = std::vector<std::pair<std::string, hornbeam::Tensor>>;

// What real TensorFlow gets of a case's exported SavedModel: with few exceptions (tools/record/record_exported.py) the
// case's outputs.
Expected exported_outputs(const Case& c);
// Calls `serve` and each signature on the case's inputs and compares what they give with what real
// TensorFlow's give. Counts comparisons in `out`; throws Mismatch.
void check_export(const Case& c, Outcome& out);

}  // namespace conformance
