#include "keras/engine/graph_values.h"

#include "hornbeam/errors.hpp"

namespace hornbeam {

Values GraphValues::of(const Values& symbolic) const {
  auto leaves = symbolic.flatten();
  auto masks = symbolic.flatten_masks();
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!is_keras_tensor(leaves[i])) continue;
    const auto it = table_.find(leaves[i].impl().get());
    if (it == table_.end()) throw ValueError("Could not compute output " + leaves[i].to_string());
    leaves[i] = it->second.tensor;
    masks[i] = it->second.mask;
  }
  return symbolic.pack_like(leaves, masks);
}

void GraphValues::call(const KerasNode& node, Layer& layer) {
  CallOptions options = node.options;
  options.initial_state = of(options.initial_state);
  options.mask = of(options.mask);
  for (auto& [key, values] : options.tensors) values = of(values);
  const auto outputs = layer(of(node.inputs), options);
  const auto tensors = outputs.flatten();
  const auto masks = outputs.flatten_masks();
  for (std::size_t i = 0; i < tensors.size() && i < node.outputs.size(); ++i) {
    if (const auto impl = node.outputs[i].lock()) table_[impl.get()] = {tensors[i], masks[i]};
  }
}

}  // namespace hornbeam
