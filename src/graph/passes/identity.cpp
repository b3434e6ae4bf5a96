#include <set>
#include <string>

#include "graph/passes/passes.h"

namespace hornbeam::graph {

namespace {
// Of what else they are given only gradients are made, which are there already.
const std::set<std::string, std::less<>> kForwarded{"Identity",        "StopGradient", "PreventGradient",
                                                    "_WithGradientOf", "_GradientIs",  "_Float8OutputGradient"};
}  // namespace

void forward_identities(Function& function) {
  Redirect redirect;
  const auto& nodes = function.graph.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& name = nodes[i].op->name;
    if (kForwarded.contains(name)) {
      redirect.add({static_cast<std::int32_t>(i), 0}, nodes[i].inputs[0]);
    } else if (name == "IdentityN") {
      for (std::size_t k = 0; k < nodes[i].inputs.size(); ++k) {
        redirect.add({static_cast<std::int32_t>(i), static_cast<std::int32_t>(k)}, nodes[i].inputs[k]);
      }
    }
  }
  redirect.apply(function);
}

// The shape of a normalised value is asked of what was normalised, so that the normalisation alone is followed by what
// it can be fused with. Ops before it are left as they are: a bias goes into its product, which may have many users.
void ask_shapes_early(Function& function) {
  auto& nodes = function.graph.nodes;
  const auto is_norm = [](const Node& node) {
    return node.op->name.starts_with("FusedBatchNorm") && node.op->name.find("Grad") == std::string::npos;
  };
  const auto keeps = [&](const Node& node) {
    if (node.outputs.empty() || node.inputs.empty()) return false;
    if (node.outputs[0].dtype != function.graph.spec(node.inputs[0]).dtype) return false;
    return (node.op->in_place && node.inputs.size() == 1) || is_norm(node);
  };
  for (auto& node : nodes) {
    if (node.op->name != "Shape") continue;
    auto at = node.inputs[0];
    for (const auto* maker = &function.graph[at]; at.index == 0 && keeps(*maker); maker = &function.graph[at]) {
      at = maker->inputs[0];
      if (is_norm(*maker)) node.inputs[0] = at;
    }
  }
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
