// Signatures and functions of SavedModels that are no Keras models.
#pragma once

#include "conformance/corpus.h"

namespace conformance {

// Calls what the case's `extra` lists, in order, on objects loaded once for signatures and once for functions, and
// compares every output, as that of the call without a class where it has one; the number of comparisons made. Throws
// Mismatch.
int check_module(const Case& c);

}  // namespace conformance
