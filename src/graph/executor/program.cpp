#include "graph/executor/program.h"

#include "graph/executor/nested.h"

namespace hornbeam::graph {
namespace {

std::string describe(DType dtype, const Shape& shape) {
  return std::string(name_of(dtype)) + " of shape " + shape.to_string();
}

}  // namespace

void CompileBudget::spend(const Function& function) {
  if (function.graph.size() > nodes) {
    throw ValueError("Function '" + function.name + "': with the functions it calls it has too many nodes");
  }
  nodes -= function.graph.size();
}

Program::Program(std::shared_ptr<const Function> f, CompileBudget& budget) : source(std::move(f)), function(*source) {
  optimize(function);
  budget.spend(function);
  writes_variables = graph::writes_variables(function);
  written = written_captures(function);
  stable = stable_nodes(function);
  const auto& nodes = function.graph.nodes;
  argument_of.assign(nodes.size(), -1);
  capture_of.assign(nodes.size(), -1);
  for (std::size_t i = 0; i < function.arguments.size(); ++i) {
    argument_of[static_cast<std::size_t>(function.arguments[i])] = static_cast<std::int32_t>(i);
    always_interpreted |= function.argument_spec(i).dtype == DType::string;
  }
  for (std::size_t i = 0; i < function.capture_nodes.size(); ++i) {
    capture_of[static_cast<std::size_t>(function.capture_nodes[i])] = static_cast<std::int32_t>(i);
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& node = nodes[i];
    first_value.push_back(next);
    next += node.outputs.size();
    const bool runs = node.op->kernel_fn || node.op->is_alias || node.op->dynamic_fn || node.op->name == "Const" ||
                      read_by(i) || argument_of[i] >= 0 || capture_of[i] >= 0 || node.op->calls != CallKind::none;
    if (!runs) throw NotImplementedError("Op '" + node.op->name + "' (node '" + node.name + "') has no kernel");
  }
  first_value.push_back(next);
  calls.resize(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op->calls != CallKind::none) calls[i] = std::make_unique<const NestedCall>(*this, i, budget);
  }
}

Program::~Program() = default;

const Variable* Program::read_by(std::size_t node) const {
  const auto& n = function.graph.nodes[node];
  if (n.op->name != "ReadVariableOp") return nullptr;
  const auto capture = capture_of[static_cast<std::size_t>(n.inputs[0].node)];
  return capture < 0 ? nullptr : &function.captures[static_cast<std::size_t>(capture)];
}

void Program::check_inputs(std::span<const Tensor> inputs) const {
  const auto name = "Function '" + function.name + "'";
  if (inputs.size() != function.arguments.size()) {
    throw InvalidArgumentError(name + " takes " + std::to_string(function.arguments.size()) + " arguments, received " +
                               std::to_string(inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto spec = function.argument_spec(i);
    const auto argument = name + ": argument " + std::to_string(i) + " ('" +
                          function.graph.nodes[static_cast<std::size_t>(function.arguments[i])].name + "')";
    if (!inputs[i].defined()) {
      throw InvalidArgumentError(argument + " expects " + describe(spec.dtype, spec.shape) +
                                 ", received an undefined tensor");
    }
    if (!inputs[i].is_concrete()) {
      throw InvalidArgumentError(argument + " expects values, received a symbolic tensor of shape " +
                                 inputs[i].shape().to_string());
    }
    if (inputs[i].dtype() != spec.dtype || !inputs[i].shape().is_compatible_with(spec.shape)) {
      throw InvalidArgumentError(argument + " expects " + describe(spec.dtype, spec.shape) + ", received " +
                                 describe(inputs[i].dtype(), inputs[i].shape()));
    }
  }
}

}  // namespace hornbeam::graph
