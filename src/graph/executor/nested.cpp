#include "graph/executor/nested.h"

#include <algorithm>

#include "graph/callee.h"
#include "graph/executor/runner.h"
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

NestedCall::NestedCall(const Program& program, std::size_t node_id, CompileBudget& budget)
    : node(program.function.graph.nodes[node_id]) {
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
  if (node.op->calls == CallKind::loop) {
    for (const auto i : node.attrs.ints(kVarying)) {
      const auto at = std::find(passed.begin(), passed.end(), static_cast<std::size_t>(i));
      varying.push_back(static_cast<std::size_t>(at - passed.begin()));
    }
  }
  for (const auto* callee : callees_of(node)) {
    auto function = bind_arguments(*callee->function(), bound);
    function->changing = changing_captures(program, *function);
    functions.push_back(std::make_unique<Runner>(std::move(function), budget));
  }
}

NestedCall::~NestedCall() = default;

std::vector<Tensor> NestedCall::run(std::span<const Tensor> inputs) const {
  std::vector<Tensor> arguments;
  for (const auto i : passed) arguments.push_back(inputs[i]);
  if (node.op->calls == CallKind::branches) {
    return functions[chosen_branch(node.attrs, inputs[0], functions.size())]->run(arguments);
  }
  if (node.op->calls == CallKind::once) return functions[0]->run(arguments);
  while (is_true(functions[0]->run(arguments).at(0))) {
    auto results = functions[1]->run(arguments);
    for (std::size_t k = 0; k < varying.size(); ++k) arguments[varying[k]] = std::move(results[k]);
  }
  std::vector<Tensor> results;
  for (const auto v : varying) results.push_back(std::move(arguments[v]));
  return results;
}

}  // namespace hornbeam::graph
