// What Keras 3's `model.export()` wrote: a SavedModel of functions alone, no Keras model.
#pragma once

#include "conformance/checks.h"

namespace conformance {

// Calls `serve` and each signature on the case's inputs and compares what they give with what real
// TensorFlow's give. Counts comparisons in `out`; throws Mismatch.
void check_export(const Case& c, Outcome& out);

}  // namespace conformance
