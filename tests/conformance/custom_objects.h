// What the corpus's own classes and functions are in C++.
#pragma once

#include "hornbeam/serialization.hpp"

namespace conformance {

// What the files of Keras's own models name: a layer or two, and functions of Lambda layers under the layers' names.
const hornbeam::CustomObjects& custom_objects();
// The classes of subclassed models, too, that the case of this name may see. A SavedModel needs none of them: it is
// read without.
const hornbeam::CustomObjects& all_custom_objects(const std::string& case_name);

}  // namespace conformance
