#include <algorithm>

#include "graph/callee.h"
#include "graph/passes/passes.h"

namespace hornbeam::graph {

bool writes_input(const Graph& graph, const Node& node, std::size_t input) {
  if (graph.spec(node.inputs[input]).dtype != DType::resource || node.op->name == "ReadVariableOp") return false;
  if (node.op->calls == CallKind::none) return node.op->kernel_fn != nullptr;
  const auto callees = callees_of(node);
  const auto argument = input - selectors(*node.op);
  return std::any_of(callees.begin(), callees.end(), [&](const Callee* callee) {
    return argument < callee->writes().size() && callee->writes()[argument];
  });
}

bool writes(const Graph& graph, const Node& node) {
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    if (writes_input(graph, node, k)) return true;
  }
  return false;
}

bool writes_variables(const Function& function) {
  const auto& graph = function.graph;
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) { return writes(graph, node); });
}

std::vector<bool> written_captures(const Function& function) {
  std::vector<bool> written(function.captures.size());
  for (const auto& node : function.graph.nodes) {
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      if (!writes_input(function.graph, node, k)) continue;
      for (std::size_t c = 0; c < written.size(); ++c) {
        if (function.capture_nodes[c] == node.inputs[k].node) written[c] = true;
      }
    }
  }
  return written;
}

bool is_pure(const Node& node, bool function_writes_variables) {
  if (node.op->calls != CallKind::none) {
    const auto callees = callees_of(node);
    return std::none_of(callees.begin(), callees.end(), [&](const Callee* callee) {
      return callee->has_effects() || (callee->reads_variables() && function_writes_variables);
    });
  }
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
    const bool changes = written[c] || (c < function.changing.size() && function.changing[c]);
    stable[static_cast<std::size_t>(function.capture_nodes[c])] = !changes && !(any_written && number);
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool read = nodes[i].op->name == "ReadVariableOp";
    if (stable[i] || (!read && !is_pure(nodes[i], any_written))) continue;
    if (nodes[i].op->calls != CallKind::none) continue;
    stable[i] = std::all_of(nodes[i].inputs.begin(), nodes[i].inputs.end(),
                            [&](Output o) { return stable[static_cast<std::size_t>(o.node)]; });
  }
  return stable;
}

}  // namespace hornbeam::graph
