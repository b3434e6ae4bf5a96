#include <algorithm>

#include "graph/passes/passes.h"

namespace hornbeam::graph {

bool writes_variables(const Function& function) {
  const auto& graph = function.graph;
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
    return node.op->name != "ReadVariableOp" && std::any_of(node.inputs.begin(), node.inputs.end(), [&](Output o) {
             return graph.spec(o).dtype == DType::resource;
           });
  });
}

bool is_pure(const Node& node, bool function_writes_variables) {
  if (node.op->name == "ReadVariableOp") return !function_writes_variables;
  return !node.op->is_stateful && node.op->name != "_Arg";
}

std::vector<bool> stable_nodes(const Function& function) {
  const bool writes = writes_variables(function);
  const auto& nodes = function.graph.nodes;
  std::vector<bool> stable(nodes.size());
  for (const auto capture : function.capture_nodes) stable[static_cast<std::size_t>(capture)] = true;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (stable[i] || !is_pure(nodes[i], writes)) continue;
    stable[i] = std::all_of(nodes[i].inputs.begin(), nodes[i].inputs.end(),
                            [&](Output o) { return stable[static_cast<std::size_t>(o.node)]; });
  }
  return stable;
}

}  // namespace hornbeam::graph
