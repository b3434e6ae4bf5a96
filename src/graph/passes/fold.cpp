#include <algorithm>

#include "graph/passes/passes.h"

namespace hornbeam::graph {
namespace {

// A folded constant lives as long as the function: big ones are only worth it when their inputs go.
constexpr std::size_t kSmall = std::size_t{1} << 16;

Node constant(std::string name, Tensor value) {
  const TensorSpec spec{value.dtype(), value.shape()};
  Attrs attrs{{"value", std::make_shared<const Tensor>(std::move(value))}, {"dtype", spec.dtype}};
  return {&get_op("Const"), std::move(name), std::move(attrs), {}, {spec}};
}

std::vector<Tensor> folded(const Graph& graph, const Node& node) {
  std::vector<Tensor> inputs;
  std::size_t in_bytes = 0, out_bytes = 0;
  const bool only_shape = node.op->name == "Shape" || node.op->name == "Size" || node.op->name == "Rank";
  for (const auto& input : node.inputs) {
    const auto& source = graph[input];
    if (source.op->name == "Const") {
      inputs.push_back(source.attrs.tensor("value"));
      in_bytes += inputs.back().bytes();
    } else if (only_shape && graph.spec(input).shape.is_fully_known()) {
      inputs.push_back(Tensor::borrow(graph.spec(input).dtype, graph.spec(input).shape, nullptr));
    } else {
      return {};
    }
  }
  if (inputs.empty()) return {};
  for (const auto& output : node.outputs) {
    if (!output.shape.is_fully_known()) continue;
    out_bytes += static_cast<std::size_t>(output.shape.num_elements()) * size_of(output.dtype);
  }
  if (out_bytes > std::max(kSmall, in_bytes)) return {};
  try {
    return run_op(*node.op, node.attrs, inputs);
  } catch (const Error&) {
    return {};  // whoever runs the function hears of it
  }
}

}  // namespace

void fold_constants(Function& function) {
  auto& graph = function.graph;
  const bool writes = writes_variables(function);
  Redirect redirect;
  const auto count = graph.size();
  for (std::size_t i = 0; i < count; ++i) {
    for (auto& input : graph.nodes[i].inputs) input = redirect.resolve(input);
    const auto& node = graph.nodes[i];
    if (node.op->name == "Const" || node.op->calls != CallKind::none || !is_pure(node, writes)) continue;
    auto values = folded(graph, node);
    const auto name = node.name;
    for (std::size_t k = 0; k < values.size(); ++k) {
      const Output from{static_cast<std::int32_t>(i), static_cast<std::int32_t>(k)};
      redirect.add(from, {static_cast<std::int32_t>(graph.size()), 0});
      graph.nodes.push_back(constant(name + "/folded", std::move(values[k])));
    }
  }
  redirect.apply(function);
  drop_dead(function);
}

}  // namespace hornbeam::graph
