#include <algorithm>
#include <limits>

#include "graph/passes/passes.h"

namespace hornbeam::graph {
namespace {

constexpr auto kNever = std::numeric_limits<std::size_t>::max();

// The last node that sees the memory which node `read` shows; kNever when a result of the function does.
std::size_t last_use(const Function& f, std::size_t read) {
  const auto& nodes = f.graph.nodes;
  std::vector<bool> shows(nodes.size());
  shows[read] = true;
  std::size_t last = read;
  for (auto i = read + 1; i < nodes.size(); ++i) {
    const auto& inputs = nodes[i].inputs;
    const bool uses = std::any_of(inputs.begin(), inputs.end(),
                                  [&](Output o) { return o.index == 0 && shows[static_cast<std::size_t>(o.node)]; });
    if (!uses) continue;
    last = i;
    shows[i] = nodes[i].op->is_alias && shows[static_cast<std::size_t>(inputs[0].node)];
  }
  const bool result = std::any_of(f.results.begin(), f.results.end(),
                                  [&](Output o) { return o.index == 0 && shows[static_cast<std::size_t>(o.node)]; });
  return result ? kNever : last;
}

std::size_t first_write(const Function& f, std::size_t after, std::int32_t resource) {
  const auto& nodes = f.graph.nodes;
  for (auto i = after + 1; i < nodes.size(); ++i) {
    const auto& inputs = nodes[i].inputs;
    if (writes(f.graph, nodes[i]) &&
        std::any_of(inputs.begin(), inputs.end(), [&](Output o) { return o.node == resource; })) {
      return i;
    }
  }
  return kNever;
}

}  // namespace

void copy_overwritten_reads(Function& function) {
  if (!writes_variables(function)) return;
  auto& nodes = function.graph.nodes;
  std::vector<bool> copied(nodes.size());
  bool any = false;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op->name != "ReadVariableOp") continue;
    const auto write = first_write(function, i, nodes[i].inputs[0].node);
    copied[i] = write != kNever && last_use(function, i) > write;
    any |= copied[i];
  }
  if (!any) return;
  Graph graph;
  std::vector<std::int32_t> renamed(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto& node = nodes[i];
    for (auto& input : node.inputs) input.node = renamed[static_cast<std::size_t>(input.node)];
    const auto name = node.name;
    const auto spec = node.outputs.empty() ? TensorSpec{} : node.outputs[0];
    renamed[i] = static_cast<std::int32_t>(graph.size());
    graph.nodes.push_back(std::move(node));
    if (!copied[i]) continue;
    graph.nodes.push_back({&get_op("DeepCopy"), name + "/copy", {{"T", spec.dtype}}, {{renamed[i], 0}}, {spec}});
    ++renamed[i];
  }
  function.graph = std::move(graph);
  const auto rename = [&](std::int32_t& id) { id = renamed[static_cast<std::size_t>(id)]; };
  for (auto& id : function.arguments) rename(id);
  for (auto& id : function.capture_nodes) rename(id);
  for (auto& result : function.results) rename(result.node);
}

}  // namespace hornbeam::graph
