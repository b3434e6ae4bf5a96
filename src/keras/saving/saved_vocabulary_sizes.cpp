#include "keras/saving/saved_vocabulary_sizes.h"

namespace hornbeam {
namespace {

using formats::saved_model::SavedModel;
using Sizes = std::map<std::string, std::int64_t>;  // by the layers' names

// What the layer within it that counts was told.
Sizes sizes_of(const std::vector<SavedLayer>& layers, const std::shared_ptr<const SavedModel>& file) {
  Sizes sizes;
  for (const auto& layer : layers) {
    if (layer.class_name() != "TextVectorization") continue;
    const auto counting = file->objects().child(layer.node, "_vectorize_layer");
    const auto size = counting ? file->objects().child(*counting, "num_elements") : std::nullopt;
    if (!size) continue;
    const formats::saved_model::Variables variables(file);
    if (!variables.key(*size)) continue;
    const auto value = variables.read(*size, false);
    if (value.dtype() == DType::int32 && value.num_elements() == 1) sizes[layer.name()] = value.data<std::int32_t>()[0];
  }
  return sizes;
}

void tell(Config& value, const Sizes& sizes) {
  if (value.is_list()) {
    for (auto& item : value.as_list()) tell(item, sizes);
  }
  if (!value.is_dict()) return;
  auto* config = value.find("config");
  if (config && config->is_dict() && value.get_string("class_name", "") == "TextVectorization") {
    const auto size = sizes.find(config->get_string("name", ""));
    if (size != sizes.end() && !config->has("vocabulary_size")) config->set("vocabulary_size", size->second);
    return;
  }
  for (auto& [key, item] : value.as_dict()) tell(item, sizes);
}

}  // namespace

Config with_vocabulary_sizes(Config object, const std::vector<SavedLayer>& layers,
                             const std::shared_ptr<const SavedModel>& file) {
  if (const auto sizes = sizes_of(layers, file); !sizes.empty()) tell(object, sizes);
  return object;
}

}  // namespace hornbeam
