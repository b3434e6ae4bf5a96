// What TensorBoard's projector needs to know of a model's embeddings.
#pragma once

#include <map>
#include <string>

#include "hornbeam/model.hpp"

namespace hornbeam::callbacks {

// The text of projector_config.pbtxt. `metadata`: files by the layers' names, of all layers under "". Throws ValueError
// in Keras's words for names that no Embedding has.
std::string projector_config(const Model& model, std::map<std::string, std::string> metadata);

}  // namespace hornbeam::callbacks
