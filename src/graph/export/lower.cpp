#include "graph/export/lower.h"

#include <algorithm>

#include "graph/decompositions/recurrence.h"
#include "graph/passes/passes.h"
#include "graph/tracer.h"
#include "tensor/resource.h"

namespace hornbeam::graph {
namespace {

bool is_own(const Node& node) { return node.op->name.starts_with('_') && node.op->name != "_Arg"; }

std::vector<Tensor> in_their_ops(const Node& node, std::span<const Tensor> inputs) {
  const auto& name = node.op->name;
  if (name == "_FusedSimpleRNN" || name == "_FusedGRU" || name == "_FusedLSTM") {
    return decompose_recurrence(*node.op, node.attrs, inputs);
  }
  throw NotImplementedError("Op '" + name + "' has no form that TensorFlow knows");
}

// Again in another trace, which knows variables by themselves.
std::vector<Tensor> recorded(Tracer& tracer, const Graph& graph, const Node& node, std::span<const Tensor> inputs) {
  std::vector<Variable> variables;
  while (variables.size() < inputs.size()) {
    const auto& input = inputs[variables.size()];
    if (input.dtype() != DType::resource || input.recorder()) break;
    variables.push_back(variable_of(input));
  }
  if (variables.empty()) return tracer.record(*node.op, inputs, node.attrs);
  if (node.op->name == "ReadVariableOp") return {tracer.read_variable(variables[0])};
  if (!writes_input(graph, node, 0)) return tracer.record(*node.op, inputs, node.attrs);
  return tracer.update(*node.op, variables, inputs.subspan(variables.size()), node.attrs);
}

}  // namespace

std::shared_ptr<const Function> lowered(const Function& f) {
  const auto& nodes = f.graph.nodes;
  if (std::none_of(nodes.begin(), nodes.end(), is_own)) return std::make_shared<const Function>(f);
  const auto tracer = std::make_shared<Tracer>(f.name);
  std::vector<std::vector<Tensor>> values(nodes.size());
  const auto value = [&](Output o) {
    return values[static_cast<std::size_t>(o.node)].at(static_cast<std::size_t>(o.index));
  };
  for (const auto node : f.arguments) {
    values[static_cast<std::size_t>(node)] = {tracer->add_argument(f.graph.spec({node, 0}))};
  }
  for (std::size_t i = 0; i < f.captures.size(); ++i) {
    values[static_cast<std::size_t>(f.capture_nodes[i])] = {resource_tensor(f.captures[i])};
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& node = nodes[i];
    if (!values[i].empty()) continue;
    std::vector<Tensor> inputs;
    for (const auto& input : node.inputs) inputs.push_back(value(input));
    if (node.op->name == "Const") {
      values[i] = {node.attrs.tensor("value")};
    } else if (is_own(node)) {
      values[i] = in_their_ops(node, inputs);
    } else {
      values[i] = recorded(*tracer, f.graph, node, inputs);
    }
    values[i].resize(node.outputs.size());  // what only gradients need is not there
  }
  std::vector<Tensor> results;
  for (const auto& result : f.results) results.push_back(value(result));
  return tracer->finish(results);
}

}  // namespace hornbeam::graph
