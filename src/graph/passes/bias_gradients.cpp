// The gradient of a bias is the sum of what the gradient of the weights beside it is made of: one pass makes both.
#include <algorithm>
#include <optional>

#include "graph/passes/editor.h"

namespace hornbeam::graph {
namespace {

std::int64_t key(Output o) { return static_cast<std::int64_t>(o.node) << 32 | o.index; }

bool channels_last(const Node& node) {
  const auto* format = node.attrs.find("data_format");
  return !format || std::get<std::string>(*format) == "NHWC";
}

// The gradient that the gradient of weights at `node` is made of.
std::optional<Output> gradient_of(const Editor& e, const Node& node) {
  if (node.outputs.empty() || node.outputs[0].dtype != DType::float32 || !channels_last(node)) return std::nullopt;
  if (node.op->name == "Conv2DBackpropFilter") return node.inputs[2];
  const bool outer = node.op->name == "MatMul" && node.attrs.b("transpose_a") && !node.attrs.b("transpose_b");
  return outer && e.spec(node.inputs[1]).shape.has_rank() ? std::optional(node.inputs[1]) : std::nullopt;
}

}  // namespace

void fuse_bias_gradients(Function& function) {
  Editor editor(function);
  std::unordered_map<std::int64_t, std::int32_t> weights;
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (const auto gradient = gradient_of(editor, editor.node(id))) weights.emplace(key(*gradient), id);
  }
  for (std::size_t i = 0; i < editor.size() && !weights.empty(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (editor.node(id).op->name != "BiasAddGrad" || !channels_last(editor.node(id))) continue;
    const auto at = weights.find(key(editor.node(id).inputs[0]));
    if (at == weights.end() || editor.is_taken(at->second)) continue;
    const auto node = editor.node(at->second);  // a copy: the list grows
    const auto place = std::min(id, at->second);
    // All it needs is there already: nothing, a read of a variable least of all, is moved forward.
    // Constants are put where they are needed.
    const auto late = [&](Output o) { return o.node >= place && !editor.constant(o); };
    if (std::any_of(node.inputs.begin(), node.inputs.end(), late)) continue;
    editor.take(at->second);
    editor.stand_at(place);
    const bool conv = node.op->name == "Conv2DBackpropFilter";
    Attrs attrs;
    for (const char* name : {"strides", "padding", "explicit_paddings", "data_format", "dilations"}) {
      if (conv) attrs.set(name, *node.attrs.find(name));
    }
    const auto fused =
        editor.add(conv ? "_Conv2DBackpropFilterBias" : "_MatMulBiasGrad", node.inputs, std::move(attrs), node.name);
    editor.redirect({at->second, 0}, fused);
    editor.redirect({id, 0}, {fused.node, 1});
  }
  editor.finish();
}

}  // namespace hornbeam::graph
