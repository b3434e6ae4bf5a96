#include "graph/graph.h"

#include <algorithm>

#include "ops/int_values.h"

namespace hornbeam::graph {
namespace {

// Deep enough for any shape computation a layer makes; bounds hostile graphs.
constexpr int kMaxDepth = 32;

Shape unknown_elements(const TensorSpec& spec) {
  if (spec.shape.has_rank() && spec.shape.rank() == 1 && spec.shape[0] >= 0 && spec.shape[0] < 256) {
    return Shape(std::vector<std::int64_t>(static_cast<std::size_t>(spec.shape[0]), None));
  }
  return Shape::unknown();
}

// One int, known or None.
std::int64_t partial_scalar(const Graph& graph, Output output, int depth) {
  const auto& node = graph[output];
  if (const auto* value = constant_value(graph, output)) {
    if (is_integer(value->dtype()) && value->num_elements() == 1) return int_values(*value)[0];
    return None;
  }
  if (depth > kMaxDepth) return None;
  if (node.op->name == "StridedSlice") {
    const auto source = partial_value(graph, node.inputs[0], depth + 1);
    const auto* begin = constant_value(graph, node.inputs[1]);
    if (!source.has_rank() || !begin || begin->num_elements() != 1) return None;
    if (node.attrs.i("shrink_axis_mask") != 1) return None;
    const auto at = int_values(*begin)[0];
    const auto n = static_cast<std::int64_t>(source.rank());
    const auto i = at < 0 ? at + n : at;
    return i >= 0 && i < n ? source[static_cast<std::size_t>(i)] : None;
  }
  if (node.op->name == "Mul") {
    const auto a = partial_scalar(graph, node.inputs[0], depth + 1);
    const auto b = partial_scalar(graph, node.inputs[1], depth + 1);
    return a >= 0 && b >= 0 ? a * b : None;
  }
  if (node.op->name == "Cast" || node.op->name == "Identity") return partial_scalar(graph, node.inputs[0], depth + 1);
  return None;
}

Shape sliced(const Graph& graph, const Node& node, const Shape& source) {
  const auto* begin = constant_value(graph, node.inputs[1]);
  const auto* end = constant_value(graph, node.inputs[2]);
  const auto* strides = constant_value(graph, node.inputs[3]);
  if (!begin || !end || !strides || begin->num_elements() != 1 || int_values(*strides)[0] != 1) return Shape::unknown();
  if (node.attrs.i("shrink_axis_mask") || node.attrs.i("new_axis_mask") || node.attrs.i("ellipsis_mask")) {
    return Shape::unknown();
  }
  const auto n = static_cast<std::int64_t>(source.rank());
  const auto clamp = [n](std::int64_t v) { return std::clamp<std::int64_t>(v < 0 ? v + n : v, 0, n); };
  const auto from = node.attrs.i("begin_mask") & 1 ? 0 : clamp(int_values(*begin)[0]);
  const auto to = node.attrs.i("end_mask") & 1 ? n : clamp(int_values(*end)[0]);
  std::vector<std::int64_t> dims;
  for (auto i = from; i < to; ++i) dims.push_back(source[static_cast<std::size_t>(i)]);
  return Shape(std::move(dims));
}

}  // namespace

const Tensor* constant_value(const Graph& graph, Output output) {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    const auto& node = graph[output];
    if (node.op->name == "Const") return &node.attrs.tensor("value");
    if (node.op->name != "Identity" || node.inputs.empty()) return nullptr;
    output = node.inputs[0];
  }
  return nullptr;
}

Shape partial_value(const Graph& graph, Output output, int depth) {
  const auto& node = graph[output];
  const auto& spec = graph.spec(output);
  if (!is_integer(spec.dtype)) return Shape::unknown();
  if (const auto* value = constant_value(graph, output)) {
    return value->rank() <= 1 ? Shape(int_values(*value)) : Shape::unknown();
  }
  if (depth > kMaxDepth) return unknown_elements(spec);
  const auto& op = node.op->name;
  if (op == "Shape") {
    const auto& shape = graph.spec(node.inputs[0]).shape;
    return shape.has_rank() ? shape : Shape::unknown();
  }
  if (op == "Identity" || op == "Cast") return partial_value(graph, node.inputs[0], depth + 1);
  if (op == "Pack") {
    std::vector<std::int64_t> dims;
    for (const auto& input : node.inputs) dims.push_back(partial_scalar(graph, input, depth + 1));
    return Shape(std::move(dims));
  }
  if (op == "ConcatV2") {
    std::vector<std::int64_t> dims;
    for (std::size_t i = 0; i + 1 < node.inputs.size(); ++i) {
      const auto part = partial_value(graph, node.inputs[i], depth + 1);
      if (!part.has_rank()) return unknown_elements(spec);
      dims.insert(dims.end(), part.begin(), part.end());
    }
    return Shape(std::move(dims));
  }
  if (op == "StridedSlice") {
    const auto source = partial_value(graph, node.inputs[0], depth + 1);
    if (source.has_rank()) {
      const auto result = sliced(graph, node, source);
      if (result.has_rank()) return result;
    }
  }
  return unknown_elements(spec);
}

std::vector<TensorSpec> infer_outputs(const Graph& graph, const OpDef& op, const Attrs& attrs,
                                      const std::vector<Output>& inputs) {
  std::vector<TensorSpec> specs;
  std::vector<Tensor> values(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    specs.push_back(graph.spec(inputs[i]));
    if (const auto* value = constant_value(graph, inputs[i])) values[i] = *value;
  }
  const auto dtypes = op.output_dtypes(attrs);
  if (!op.shape_fn) return std::vector<TensorSpec>(dtypes.size(), {DType::invalid, Shape::unknown()});
  const ShapeContext context(attrs, specs, values, [&](std::size_t i) { return partial_value(graph, inputs[i]); });
  auto shapes = op.shape_fn(context);
  std::vector<TensorSpec> outputs;
  for (std::size_t i = 0; i < dtypes.size(); ++i) outputs.push_back({dtypes[i], std::move(shapes[i])});
  return outputs;
}

}  // namespace hornbeam::graph
