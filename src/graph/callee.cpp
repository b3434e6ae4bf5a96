#include "graph/callee.h"

#include <algorithm>

#include "graph/control_flow/backward.h"
#include "graph/passes/passes.h"
#include "tensor/resource.h"

namespace hornbeam::graph {
namespace {

// Runs the loop until the condition says no.
std::vector<Tensor> run_loop(const Callee& condition, const Callee& body, std::span<const Tensor> inputs) {
  std::vector<Tensor> values(inputs.begin(), inputs.end());
  while (is_true(condition.run(values).at(0))) values = body.run(values);
  return values;
}

}  // namespace

Callee::Callee(Function function) {
  function.arguments.insert(function.arguments.end(), function.capture_nodes.begin(), function.capture_nodes.end());
  function.captures.clear();
  function.capture_nodes.clear();
  writes_.resize(function.arguments.size());
  const auto& nodes = function.graph.nodes;
  std::vector<std::int32_t> argument_of(nodes.size(), -1);
  for (std::size_t i = 0; i < function.arguments.size(); ++i) {
    argument_of[static_cast<std::size_t>(function.arguments[i])] = static_cast<std::int32_t>(i);
  }
  for (const auto& node : nodes) {
    const bool reads = node.op->name == "ReadVariableOp";
    reads_variables_ |= reads;
    if (node.op->name == "_Arg") continue;
    is_stateful_ |= node.op->is_stateful;
    bool effects = node.op->is_stateful && !reads;
    if (node.op->calls != CallKind::none) {
      effects = false;
      for (const auto* callee : callees_of(node)) {
        effects |= callee->has_effects_;
        reads_variables_ |= callee->reads_variables_;
        is_stateful_ |= callee->is_stateful_;
        depth_ = std::max(depth_, callee->depth_ + 1);
      }
    }
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const auto argument = argument_of[static_cast<std::size_t>(node.inputs[k].node)];
      if (!writes_input(function.graph, node, k)) continue;
      effects = true;
      if (argument >= 0) writes_[static_cast<std::size_t>(argument)] = true;
    }
    has_effects_ |= effects;
  }
  if (depth_ > kMaxDepth) {
    throw ValueError("Function '" + function.name + "': calls are nested more than " + std::to_string(kMaxDepth) +
                     " deep");
  }
  function_ = std::make_shared<const Function>(std::move(function));
}

std::vector<Tensor> Callee::run(std::span<const Tensor> inputs) const {
  if (inputs.size() != function_->arguments.size()) {
    throw InvalidArgumentError("Function '" + function_->name + "' takes " +
                               std::to_string(function_->arguments.size()) + " arguments, received " +
                               std::to_string(inputs.size()));
  }
  std::vector<Tensor> variables(inputs.size()), arguments;
  std::vector<const VariableNode*> key;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].dtype() == DType::resource) {
      variables[i] = inputs[i];
      key.push_back(variable_of(inputs[i]).get());
    } else {
      arguments.push_back(inputs[i]);
    }
  }
  std::shared_ptr<const Executable> executable;
  {
    const std::lock_guard lock(mutex_);
    auto& slot = compiled_[key];
    if (!slot) slot = std::make_shared<const Executable>(bind_arguments(*function_, variables));
    executable = slot;
  }
  return executable->run(arguments);
}

Tensors Callee::run_call(CallKind kind, const Attrs& attrs, std::span<const Tensor> inputs) const {
  const auto functions = called_functions(kind, attrs);
  if (kind == CallKind::once) return run(inputs);
  if (kind == CallKind::loop) return run_loop(callee_of(functions.at(0)), callee_of(functions.at(1)), inputs);
  const auto branch = chosen_branch(attrs, inputs[0], functions.size());
  return callee_of(functions.at(branch)).run(inputs.subspan(1));
}

const Callee& callee_of(const FunctionAttr& attr) {
  const auto* callee = dynamic_cast<const Callee*>(attr.body.get());
  if (!callee) throw NotImplementedError("Function '" + attr.name + "' is not known.");
  return *callee;
}

std::vector<const Callee*> callees_of(const OpDef& op, const Attrs& attrs) {
  std::vector<const Callee*> callees;
  if (op.calls == CallKind::none) return callees;
  for (const auto& attr : called_functions(op.calls, attrs)) callees.push_back(&callee_of(attr));
  return callees;
}

std::size_t selectors(const OpDef& op) { return op.calls == CallKind::branches ? 1 : 0; }

std::shared_ptr<Function> bind_arguments(const Function& function, std::span<const Tensor> values) {
  auto bound = std::make_shared<Function>(function);
  std::vector<std::int32_t> arguments;
  std::map<const VariableNode*, std::int32_t> captured;
  for (std::size_t c = 0; c < bound->captures.size(); ++c) {
    captured.emplace(bound->captures[c].get(), bound->capture_nodes[c]);
  }
  Redirect same_variable;
  for (std::size_t i = 0; i < function.arguments.size(); ++i) {
    const auto id = function.arguments[i];
    if (i >= values.size() || !values[i].defined()) {
      arguments.push_back(id);
      continue;
    }
    auto& node = bound->graph.nodes[static_cast<std::size_t>(id)];
    if (values[i].dtype() == DType::resource) {
      const auto variable = variable_of(values[i]);
      const auto [it, added] = captured.emplace(variable.get(), id);
      if (added) {
        bound->captures.push_back(variable);
        bound->capture_nodes.push_back(id);
      } else {
        same_variable.add({id, 0}, {it->second, 0});
        node = {&get_op("NoOp"), node.name, {}, {}, {}};
      }
    } else {
      node.op = &get_op("Const");
      node.attrs = {{"value", std::make_shared<const Tensor>(values[i])}, {"dtype", values[i].dtype()}};
      node.outputs = {{values[i].dtype(), values[i].shape()}};
    }
  }
  bound->arguments = std::move(arguments);
  same_variable.apply(*bound);
  // A read knows the variable it reads.
  for (auto& node : bound->graph.nodes) {
    if (node.op->name != "ReadVariableOp") continue;
    for (std::size_t c = 0; c < bound->captures.size(); ++c) {
      if (bound->capture_nodes[c] != node.inputs.at(0).node) continue;
      node.outputs = {{bound->captures[c]->dtype(), bound->captures[c]->shape()}};
    }
  }
  return bound;
}

Tensors Callee::call_gradient(CallKind kind, const GradientContext& context) const {
  if (kind == CallKind::loop) return loop_gradient(context);
  return kind == CallKind::branches ? branches_gradient(context) : graph::call_gradient(context);
}

}  // namespace hornbeam::graph
