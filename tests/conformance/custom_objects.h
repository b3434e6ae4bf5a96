// What the corpus's own classes and functions are in C++.
#pragma once

#include "hornbeam/serialization.hpp"

namespace conformance {

// Functions of Lambda layers, under the layers' names.
const hornbeam::CustomObjects& custom_objects();

}  // namespace conformance
