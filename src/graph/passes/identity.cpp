#include "graph/passes/passes.h"

namespace hornbeam::graph {

void forward_identities(Function& function) {
  Redirect redirect;
  const auto& nodes = function.graph.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& name = nodes[i].op->name;
    if (name == "Identity" || name == "StopGradient" || name == "PreventGradient") {
      redirect.add({static_cast<std::int32_t>(i), 0}, nodes[i].inputs[0]);
    } else if (name == "IdentityN") {
      for (std::size_t k = 0; k < nodes[i].inputs.size(); ++k) {
        redirect.add({static_cast<std::int32_t>(i), static_cast<std::int32_t>(k)}, nodes[i].inputs[k]);
      }
    }
  }
  redirect.apply(function);
}

// Sums of two gradients: a plain addition can be fused with what is around it.
void add_pairs(Function& function) {
  const auto& add = get_op("AddV2");
  for (auto& node : function.graph.nodes) {
    if (node.op->name != "AddN" || node.inputs.size() != 2 || node.outputs[0].dtype != DType::float32) continue;
    const DType dtypes[] = {DType::float32, DType::float32};
    node.op = &add;
    node.attrs = add.complete(dtypes, {});
  }
}

}  // namespace hornbeam::graph
