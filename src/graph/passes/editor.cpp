#include "graph/passes/editor.h"

#include <algorithm>

#include "ops/fused_args.h"

namespace hornbeam::graph {

Editor::Editor(Function& function)
    : function_(function),
      original_(function.graph.size()),
      stable_(stable_nodes(function)),
      taken_(function.graph.size()),
      users_(function.graph.size()) {
  for (std::size_t i = 0; i < original_; ++i) {
    for (const auto& input : function.graph.nodes[i].inputs) {
      if (input.index == 0) users_[static_cast<std::size_t>(input.node)].push_back(static_cast<std::int32_t>(i));
    }
  }
  for (const auto& result : function.results) {
    if (result.index == 0) users_[static_cast<std::size_t>(result.node)].push_back(-1);
  }
}

void Editor::finish() {
  redirect_.apply(function_);
  if (placed_.empty()) return drop_dead(function_);
  std::stable_sort(placed_.begin(), placed_.end());
  std::vector<std::int32_t> order;
  std::vector<bool> placed(function_.graph.size());
  for (const auto& [place, id] : placed_) placed[static_cast<std::size_t>(id)] = true;
  auto next = placed_.begin();
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(function_.graph.size()); ++i) {
    for (; next != placed_.end() && next->first == i; ++next) order.push_back(next->second);
    if (!placed[static_cast<std::size_t>(i)]) order.push_back(i);
  }
  drop_dead(function_, order);
}

std::int32_t Editor::only_user(Output o) const {
  if (o.index != 0 || static_cast<std::size_t>(o.node) >= users_.size()) return -1;
  const auto& users = users_[static_cast<std::size_t>(o.node)];
  return users.size() == 1 && users[0] >= 0 && !is_taken(users[0]) ? users[0] : -1;
}

Output Editor::add(std::string_view op, std::vector<Output> inputs, Attrs attrs, const std::string& name) {
  const auto& def = get_op(op);
  std::vector<DType> dtypes;
  bool stable = true;
  for (const auto& input : inputs) {
    dtypes.push_back(spec(input).dtype);
    stable = stable && is_stable(input);
  }
  Node node{&def, name, def.complete(dtypes, std::move(attrs)), std::move(inputs), {}};
  node.outputs = infer_outputs(function_.graph, def, node.attrs, node.inputs);
  function_.graph.nodes.push_back(std::move(node));
  if (place_ >= 0) placed_.emplace_back(place_, static_cast<std::int32_t>(function_.graph.size() - 1));
  stable_.push_back(stable);
  taken_.push_back(false);
  return {static_cast<std::int32_t>(function_.graph.size() - 1), 0};
}

Output Editor::add_constant(Tensor value, const std::string& name) {
  const auto dtype = value.dtype();
  return add("Const", {}, {{"value", std::make_shared<const Tensor>(std::move(value))}, {"dtype", dtype}}, name);
}

bool is_channel_vector(const Shape& shape, std::int64_t channels) {
  if (!shape.is_fully_known()) return false;
  const auto n = shape.num_elements();
  return n == 1 || (n == channels && !shape.empty() && shape.back() == channels);
}

NamedActivation activation_of(const Editor& editor, const Node& node) {
  const auto& op = node.op->name;
  if (node.outputs.size() != 1 || node.outputs[0].dtype != DType::float32) return {};
  if (op == "LeakyRelu") return {op, node.attrs.f("alpha"), 0};
  if (op == "_FusedElementwise") {
    const auto& steps = node.attrs.strings("steps");
    if (steps.size() != 1 || node.inputs.size() != 1) return {};
    return {steps[0], std::get<std::vector<float>>(*node.attrs.find("alphas"))[0],
            std::get<std::vector<float>>(*node.attrs.find("betas"))[0]};
  }
  if (op == "ClipByValue") {
    const auto *low = editor.constant(node.inputs[1]), *high = editor.constant(node.inputs[2]);
    if (!low || !high || low->num_elements() != 1 || high->num_elements() != 1) return {};
    return {"Clip", low->data<float>()[0], high->data<float>()[0]};
  }
  if (node.inputs.size() != 1 || node.op->is_alias || node.op->is_stateful || !activation_named(op)) return {};
  return {op, 0, 0};
}

}  // namespace hornbeam::graph
