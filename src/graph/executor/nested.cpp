#include "graph/executor/nested.h"

#include "graph/callee.h"
#include "tensor/resource.h"

namespace hornbeam::graph {
namespace {

// The captures of the nested function that the program, or whoever calls it, changes.
std::vector<bool> changing_captures(const Program& program, const Function& nested) {
  const auto& outer = program.function;
  bool any = program.writes_variables;
  for (const bool changes : outer.changing) any |= changes;
  std::vector<bool> changing(nested.captures.size());
  for (std::size_t c = 0; c < changing.size(); ++c) {
    const auto& variable = nested.captures[c];
    changing[c] = any && variable->shape().num_elements() == 1;
    for (std::size_t k = 0; k < outer.captures.size(); ++k) {
      if (outer.captures[k] != variable) continue;
      changing[c] = changing[c] || program.written[k] || (k < outer.changing.size() && outer.changing[k]);
    }
  }
  return changing;
}

}  // namespace

NestedCall::NestedCall(const Program& program, std::size_t node_id) : node(program.function.graph.nodes[node_id]) {
  const auto skipped = selectors(*node.op);
  std::vector<Tensor> bound(node.inputs.size() - skipped);
  for (std::size_t i = skipped; i < node.inputs.size(); ++i) {
    if (program.function.graph.spec(node.inputs[i]).dtype != DType::resource) {
      passed.push_back(i);
      continue;
    }
    const auto capture = program.capture_of[static_cast<std::size_t>(node.inputs[i].node)];
    if (capture < 0) {
      throw NotImplementedError("node '" + node.name + "' passes on a resource that is no variable of the function");
    }
    bound[i - skipped] = resource_tensor(program.function.captures[static_cast<std::size_t>(capture)]);
  }
  const auto callees = callees_of(node);
  for (std::size_t f = 0; f < callees.size(); ++f) {
    auto function = bind_arguments(*callees[f]->function(), bound);
    function->changing = changing_captures(program, *function);
    if (node.op->calls == CallKind::loop && f == 1) {
      std::vector<Output> results;
      for (const auto i : passed) results.push_back(function->results.at(i));
      function->results = std::move(results);
    }
    functions.push_back(std::make_unique<const Executable>(std::move(function)));
  }
}

std::vector<Tensor> NestedCall::run(std::span<const Tensor> inputs) const {
  std::vector<Tensor> arguments;
  for (const auto i : passed) arguments.push_back(inputs[i]);
  if (node.op->calls == CallKind::once) return functions[0]->run(arguments);
  if (node.op->calls == CallKind::branches) {
    return functions[chosen_branch(node.attrs, inputs[0], functions.size())]->run(arguments);
  }
  while (is_true(functions[0]->run(arguments).at(0))) arguments = functions[1]->run(arguments);
  std::vector<Tensor> results(node.outputs.size());
  for (std::size_t k = 0; k < passed.size(); ++k) results[passed[k]] = arguments[k];
  return results;
}

}  // namespace hornbeam::graph
