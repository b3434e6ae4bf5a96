// What a layer was called with, which is what its functions in a SavedModel take.
#pragma once

#include <optional>

#include "keras/saving/call_functions.h"

namespace hornbeam {

// Nothing where that is not known: it was never called.
std::optional<CallFunctions::Arguments> arguments_of(const Layer& layer);

}  // namespace hornbeam
