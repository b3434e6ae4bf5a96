#include "graph/export/lower.h"

#include <algorithm>

#include "graph/decompositions/recurrence.h"
#include "graph/passes/passes.h"
#include "graph/tracer.h"
#include "hornbeam/ops.hpp"
#include "tensor/resource.h"

namespace hornbeam::graph {
namespace {

// Groups of a convolution whose filter takes a part of the channels each; 1 where it takes all.
std::int64_t groups_of(const Graph& graph, const Node& node) {
  if (node.op->name != "Conv2D") return 1;
  const auto &x = graph.spec(node.inputs[0]).shape, &filter = graph.spec(node.inputs[1]).shape;
  if (!x.has_rank() || !filter.has_rank() || node.attrs.s("data_format") != "NHWC") return 1;
  const auto channels = x.back(), taken = filter[2];
  return channels > 0 && taken > 0 ? channels / taken : 1;
}

// A transposed convolution: (sizes, filter, what is spread out).
bool is_transposed(const Node& node) {
  return node.op->name == "Conv2DBackpropInput" || node.op->name == "Conv3DBackpropInputV2";
}

// A convolution with dilations that TensorFlow has no CPU kernel for, or one that leaves them out (2.2's of depthwise
// ones).
bool is_dilated(const Graph& graph, const Node& node) {
  const auto& name = node.op->name;
  const bool three = name == "Conv3D" || name == "Conv3DBackpropInputV2", transposed = is_transposed(node);
  if (name != "DepthwiseConv2dNative" && !three && !transposed) return false;
  const auto one = [](std::int64_t n) { return n == 1; };
  const auto &rates = node.attrs.ints("dilations"), &strides = node.attrs.ints("strides");
  return !std::ranges::all_of(rates, one) && std::ranges::all_of(strides, one) &&
         node.attrs.s("data_format") == (three ? "NDHWC" : "NHWC") &&
         graph.spec(node.inputs[transposed ? 2 : 0]).shape.has_rank() &&
         graph.spec(node.inputs[1]).shape.is_fully_known();
}

bool is_foreign(const Graph& graph, const Node& node) {
  return (node.op->name.starts_with('_') && node.op->name != "_Arg") || groups_of(graph, node) > 1 ||
         is_dilated(graph, node);
}

// As tf.nn.with_space_to_batch: positions that a filter sees together are brought beside each other. For a transposed
// convolution, positions that it spreads together.
Tensor dilated(const Graph& graph, const Node& node, std::span<const Tensor> inputs) {
  const bool transposed = is_transposed(node);
  const auto& x = inputs[transposed ? 2 : 0];
  const auto& all_rates = node.attrs.ints("dilations");
  const auto& filter = graph.spec(node.inputs[1]).shape;
  const auto dims = static_cast<std::int64_t>(all_rates.size()) - 2;
  std::vector<std::int32_t> rates, before, around, more;  // of each spatial dim
  for (std::size_t i = 0; i + 2 < all_rates.size(); ++i) {
    rates.push_back(static_cast<std::int32_t>(all_rates[i + 1]));
    more.push_back(static_cast<std::int32_t>(filter[i] - 1));
    const auto pad = node.attrs.s("padding") == "SAME" ? more[i] * rates[i] : 0;
    before.push_back(pad / 2);
    around.push_back(pad);
  }
  const auto vector = [&](const std::vector<std::int32_t>& values) { return Tensor::from(Shape{dims}, values); };
  const auto blocks = vector(rates), start = vector(before), end = vector(around) - start, none = start - start;
  std::vector<std::int32_t> known;
  for (std::size_t i = 0; i < rates.size(); ++i) known.push_back(static_cast<std::int32_t>(x.shape()[i + 1]));
  const bool fixed = std::ranges::all_of(known, [](std::int32_t size) { return size >= 0; });
  const auto sizes = fixed ? vector(known) : ops::slice(ops::shape(x), {1}, {dims});
  auto attrs = node.attrs;
  attrs.set("dilations", std::vector<std::int64_t>(all_rates.size(), 1));
  attrs.set("padding", std::string("VALID"));
  if (transposed) {
    const auto rest = ops::mod(none - sizes, blocks);
    const auto blocked = call_op1("SpaceToBatchND", {x, blocks, ops::stack({none, rest}, 1)});
    const auto made = ops::shape(blocked);
    const auto channels =
        Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(filter[static_cast<std::size_t>(dims)])});
    const auto wanted =
        ops::concat({ops::slice(made, {0}, {1}), ops::slice(made, {1}, {dims}) + vector(more), channels}, 0);
    return call_op1("BatchToSpaceND", {call_op1(node.op->name, {wanted, inputs[1], blocked}, attrs), blocks,
                                       ops::stack({start, end + rest}, 1)});
  }
  const auto rest = ops::mod(none - (sizes + start + end), blocks);
  const auto pads = ops::stack({start, end + rest}, 1), crops = ops::stack({none, rest}, 1);
  const auto blocked = call_op1("SpaceToBatchND", {x, blocks, pads});
  return call_op1("BatchToSpaceND", {call_op1(node.op->name, {blocked, inputs[1]}, attrs), blocks, crops});
}

// TensorFlow's convolutions on CPUs do not know groups, in 2.2 at all, later where a bias follows.
Tensor in_groups(const Node& node, std::span<const Tensor> inputs, std::int64_t groups) {
  const auto split = [&](const Tensor& t) {
    return call_op("Split", {Tensor::scalar(std::int32_t{3}), t}, {{"num_split", groups}});
  };
  const auto x = split(inputs[0]), filters = split(inputs[1]);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < x.size(); ++i) parts.push_back(call_op1("Conv2D", {x[i], filters[i]}, node.attrs));
  return ops::concat(parts, 3);
}

std::vector<Tensor> in_their_ops(const Graph& graph, const Node& node, std::span<const Tensor> inputs) {
  const auto& name = node.op->name;
  if (const auto groups = groups_of(graph, node); groups > 1) return {in_groups(node, inputs, groups)};
  if (is_dilated(graph, node)) return {dilated(graph, node, inputs)};
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

std::shared_ptr<const Function> lowered(std::shared_ptr<const Function> function) {
  const auto& f = *function;
  const auto& nodes = f.graph.nodes;
  if (std::none_of(nodes.begin(), nodes.end(), [&](const Node& node) { return is_foreign(f.graph, node); }))
    return function;
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
    } else if (is_foreign(f.graph, node)) {
      values[i] = in_their_ops(f.graph, node, inputs);
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
