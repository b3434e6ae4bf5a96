#include "graph/executor/interpret.h"

#include "base/aligned.h"
#include "graph/executor/nested.h"
#include "ops/late_kernel.h"
#include "tensor/resource.h"

namespace hornbeam::graph {

Interpreter::Interpreter(const Program& program) : program_(program) {
  const auto& nodes = program.function.graph.nodes;
  constexpr auto kKept = static_cast<std::size_t>(-1);
  std::vector<std::size_t> last(program.num_values());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (auto v = program.first_value[i]; v < program.first_value[i + 1]; ++v) last[v] = i;
    for (const auto& input : nodes[i].inputs) last[program.value_of(input)] = i;
  }
  for (const auto& result : program.function.results) last[program.value_of(result)] = kKept;
  released_after_.resize(nodes.size());
  for (std::size_t v = 0; v < last.size(); ++v) {
    if (last[v] != kKept) released_after_[last[v]].push_back(v);
  }
}

std::vector<Tensor> Interpreter::run(std::span<const Tensor> inputs) const {
  const auto& nodes = program_.function.graph.nodes;
  std::vector<Tensor> values(program_.num_values());
  std::vector<Tensor> arguments;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& node = nodes[i];
    const auto at = program_.first_value[i];
    if (program_.argument_of[i] >= 0) {
      values[at] = inputs[static_cast<std::size_t>(program_.argument_of[i])];
    } else if (program_.capture_of[i] >= 0) {
      // What ops on lookup tables take; variables are read and written by themselves.
      values[at] = resource_tensor(program_.function.captures[static_cast<std::size_t>(program_.capture_of[i])]);
    } else if (node.op->name == "Const") {
      values[at] = node.attrs.tensor("value");
    } else if (const auto* variable = program_.read_by(i)) {
      values[at] = (*variable)->value();
    } else if (program_.calls[i]) {
      arguments.clear();
      for (const auto& input : node.inputs) arguments.push_back(values[program_.value_of(input)]);
      auto results = program_.calls[i]->run(arguments);
      for (std::size_t k = 0; k < results.size(); ++k) values[at + k] = std::move(results[k]);
    } else if (program_.writes(i)) {
      write(i, values);
    } else {
      arguments.clear();
      for (const auto& input : node.inputs) arguments.push_back(values[program_.value_of(input)]);
      auto results = run_op(*node.op, node.attrs, arguments);
      for (std::size_t k = 0; k < results.size(); ++k) values[at + k] = std::move(results[k]);
    }
    for (const auto v : released_after_[i]) values[v] = Tensor();
  }
  std::vector<Tensor> results;
  for (const auto& result : program_.function.results) results.push_back(values[program_.value_of(result)]);
  return results;
}

// A node that writes variables. What others still hold of them is copied first.
void Interpreter::write(std::size_t node_id, std::span<const Tensor> values) const {
  const auto& node = program_.function.graph.nodes[node_id];
  std::vector<TensorSpec> specs;
  std::vector<Tensor> known;
  std::vector<const std::byte*> in;
  std::vector<Variable> written;
  for (const auto& input : node.inputs) {
    const auto capture = program_.capture_of[static_cast<std::size_t>(input.node)];
    if (capture >= 0) {
      written.push_back(program_.function.captures[static_cast<std::size_t>(capture)]);
      in.push_back(written.back()->writable());
      specs.push_back({written.back()->dtype(), written.back()->shape()});
      known.emplace_back();
    } else {
      const auto& value = values[program_.value_of(input)];
      in.push_back(value.raw());
      specs.push_back({value.dtype(), value.shape()});
      known.push_back(value);
    }
  }
  if (!node.outputs.empty()) {
    throw NotImplementedError("Op '" + node.op->name + "' writes variables and has outputs: not interpreted");
  }
  const auto kernel = make_op_kernel(*node.op, {node.attrs, specs, {}, known, false});
  base::AlignedBytes scratch(kernel->scratch_bytes);
  kernel->run({in.data(), nullptr, scratch.data()});
  for (const auto& variable : written) variable->note_written();
}

}  // namespace hornbeam::graph
