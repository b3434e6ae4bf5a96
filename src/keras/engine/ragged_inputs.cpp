#include "keras/engine/ragged_inputs.h"

namespace hornbeam {

void throw_no_ragged(const std::string& layer, const std::vector<Tensor>& inputs) {
  std::string received;
  for (const auto& t : inputs) received += (received.empty() ? "" : ", ") + t.to_string();
  throw ValueError("Layer " + layer + " does not support RaggedTensors as input. Inputs received: " +
                   (inputs.size() == 1 ? received : "[" + received + "]") +
                   ". You can try converting your input to an uniform tensor.");
}

Values on_flat_values(const std::string& layer, const Values& inputs,
                      const std::function<Values(const Values&)>& call) {
  const auto leaves = inputs.flatten();
  const auto* like = as_ragged(leaves.at(0));
  if (!like || leaves.size() != 1) throw_no_ragged(layer, leaves);
  const auto outputs = call(inputs.pack_like(std::span(&like->flat, 1)));
  auto tensors = outputs.flatten();
  for (auto& t : tensors) t = make_ragged(t, like->splits);
  return outputs.pack_like(tensors);
}

RaggedTensor rows_of_steps(const std::string& layer, const Values& inputs) {
  const auto leaves = inputs.flatten();
  const auto* ragged = as_ragged(leaves.at(0));
  if (!ragged || leaves.size() != 1 || ragged->splits.size() != 1) throw_no_ragged(layer, leaves);
  return RaggedTensor(leaves[0]);
}

}  // namespace hornbeam
