// Batch normalisation at inference is x * scale + shift, with scale = gamma / sqrt(variance + epsilon) and
// shift = beta - mean * scale, which change only when the variables do.
#include "graph/passes/editor.h"

namespace hornbeam::graph {
namespace {

bool expands(const Editor& editor, const Node& node) {
  if (!node.op->name.starts_with("FusedBatchNorm") || node.op->name.find("Grad") != std::string::npos) return false;
  if (node.attrs.b("is_training") || node.attrs.s("data_format") != "NHWC") return false;
  if (editor.spec(node.inputs[0]).dtype != DType::float32) return false;
  for (std::size_t i = 1; i < 5; ++i) {
    if (!editor.is_stable(node.inputs[i]) || !editor.spec(node.inputs[i]).shape.is_fully_known()) return false;
  }
  return true;
}

}  // namespace

void expand_batch_norms(Function& function) {
  std::vector<bool> statistics_used(function.graph.size());
  const auto use = [&](Output o) {
    if (o.index > 0) statistics_used[static_cast<std::size_t>(o.node)] = true;
  };
  for (const auto& node : function.graph.nodes) {
    for (const auto& input : node.inputs) use(input);
  }
  for (const auto& result : function.results) use(result);

  Editor editor(function);
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (!expands(editor, editor.node(id)) || statistics_used[i]) continue;
    const auto inputs = editor.node(id).inputs;
    const auto name = editor.node(id).name;
    const auto epsilon = editor.add_constant(Tensor::scalar(editor.node(id).attrs.f("epsilon")), name + "/epsilon");
    const auto variance = editor.add("AddV2", {inputs[4], epsilon}, {}, name + "/variance");
    const auto inverse = editor.add("Rsqrt", {variance}, {}, name + "/rsqrt");
    const auto scale = editor.add("Mul", {inputs[1], inverse}, {}, name + "/scale");
    const auto moved = editor.add("Mul", {inputs[3], scale}, {}, name + "/mean");
    const auto shift = editor.add("Sub", {inputs[2], moved}, {}, name + "/shift");
    const auto scaled = editor.add("Mul", {inputs[0], scale}, {}, name + "/mul");
    editor.redirect({id, 0}, editor.add("AddV2", {scaled, shift}, {}, name + "/add"));
  }
  editor.finish();
}

}  // namespace hornbeam::graph
