#include <algorithm>

#include "graph/passes/passes.h"

namespace hornbeam::graph {

bool writes(const Graph& graph, const Node& node) {
  return node.op->name != "ReadVariableOp" && std::any_of(node.inputs.begin(), node.inputs.end(), [&](Output o) {
           return graph.spec(o).dtype == DType::resource;
         });
}

bool writes_variables(const Function& function) {
  const auto& graph = function.graph;
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) { return writes(graph, node); });
}

std::vector<bool> written_captures(const Function& function) {
  std::vector<bool> written(function.captures.size());
  for (const auto& node : function.graph.nodes) {
    if (!writes(function.graph, node)) continue;
    for (const auto& input : node.inputs) {
      for (std::size_t c = 0; c < written.size(); ++c) {
        if (function.capture_nodes[c] == input.node) written[c] = true;
      }
    }
  }
  return written;
}

bool is_pure(const Node& node, bool function_writes_variables) {
  if (node.op->name == "ReadVariableOp") return !function_writes_variables;
  return !node.op->is_stateful && node.op->name != "_Arg";
}

std::vector<bool> stable_nodes(const Function& function) {
  const bool any_written = writes_variables(function);
  const auto written = written_captures(function);
  const auto& nodes = function.graph.nodes;
  std::vector<bool> stable(nodes.size());
  for (std::size_t c = 0; c < written.size(); ++c) {
    const bool number = function.captures[c]->shape().num_elements() == 1;
    stable[static_cast<std::size_t>(function.capture_nodes[c])] = !written[c] && !(any_written && number);
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool read = nodes[i].op->name == "ReadVariableOp";
    if (stable[i] || (!read && !is_pure(nodes[i], any_written))) continue;
    stable[i] = std::all_of(nodes[i].inputs.begin(), nodes[i].inputs.end(),
                            [&](Output o) { return stable[static_cast<std::size_t>(o.node)]; });
  }
  return stable;
}

}  // namespace hornbeam::graph
