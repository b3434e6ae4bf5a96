#include "keras/saving/legacy_weights.h"

#include <algorithm>

#include "hornbeam/layers/lora.hpp"
#include "keras/engine/overwritten.h"

namespace hornbeam {

std::vector<Variable> legacy_weights(const Layer& layer) {
  // Of a frozen layer Keras 3 lists all in the order that they were made in, a kernel that LoRA froze among them.
  if (!layer.trainable() && dynamic_cast<const LoraLayer*>(&layer)) return layer.weights();
  auto weights = layer.trainable_weights();
  for (const auto& v : layer.non_trainable_weights()) weights.push_back(v);
  // A layer of float8 that is made by its policy has its scales first. Keras makes it so when it reads the file.
  if (layer.quantization_mode() == "float8") std::stable_partition(weights.begin(), weights.end(), is_overwritten);
  return weights;
}

std::vector<Variable> top_level_weights(const Model& model) {
  std::vector<Variable> weights;
  for (const bool trainable : {true, false}) {
    for (const auto& w : model.own_weights()) {
      if (w.variable->trainable() == trainable) weights.push_back(w.variable);
    }
  }
  return weights;
}

}  // namespace hornbeam
