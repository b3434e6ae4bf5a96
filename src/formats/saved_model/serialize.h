// What a SavedModel folder's files are made of, as bytes: the inverse of what parses them.
#pragma once

#include <string>
#include <vector>

#include "formats/saved_model/saved_model.h"

namespace hornbeam::formats::saved_model {

// Names of all that TensorFlow or Keras puts into the folder: what makes it a SavedModel first.
std::vector<std::string> folder_entries();

// Throws TypeError on a tensor of resources or variants.
std::string serialize(const GraphDef& graph);
std::string serialize(const SavedObjectGraph& objects);
std::string serialize_keras_metadata(const std::vector<KerasNode>& nodes);

// What runs when variables are saved or restored without their objects, as saved_model_cli and servers do: names of
// nodes and tensors of the main graph.
struct SaverNames {
  std::string filename_tensor, save_tensor, restore_op;
};

// saved_model.pb with one meta graph, tagged "serve".
struct SavedModelParts {
  std::string graph, objects;  // serialized
  std::vector<Signature> signatures;
  SaverNames saver;
  std::string init_op;  // of the main graph
  std::string tensorflow_version;
};
std::string serialize(const SavedModelParts& parts);

}  // namespace hornbeam::formats::saved_model
