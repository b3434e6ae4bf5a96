#include "keras/callbacks/projector.h"

#include "hornbeam/errors.hpp"

namespace hornbeam::callbacks {
namespace {

// As protobuf's text format quotes.
std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

std::string projector_config(const Model& model, std::map<std::string, std::string> metadata) {
  const auto of_all = metadata.find("");
  std::string text;
  for (const auto& layer : model.layers()) {
    if (layer->class_name() != "Embedding") continue;
    text += "embeddings {\n  tensor_name: \"layer_with_weights-0/embeddings/.ATTRIBUTES/VARIABLE_VALUE\"\n";
    const auto own = of_all == metadata.end() ? metadata.find(layer->name()) : of_all;
    if (own != metadata.end()) {
      text += "  metadata_path: " + in_quotes(own->second) + "\n";
      if (own != of_all) metadata.erase(own);
    }
    text += "}\n";
  }
  if (of_all != metadata.end() || metadata.empty()) return text;
  std::string names;
  for (const auto& [name, path] : metadata) names += (names.empty() ? "'" : ", '") + name + "'";
  throw ValueError(
      "Unrecognized `Embedding` layer names passed to `keras.callbacks.TensorBoard` `embeddings_metadata` argument: "
      "dict_keys([" +
      names + "])");
}

}  // namespace hornbeam::callbacks
