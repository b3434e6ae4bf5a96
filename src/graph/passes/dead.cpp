#include "graph/passes/passes.h"

namespace hornbeam::graph {
namespace {

std::vector<bool> live_nodes(const Function& function) {
  const auto& nodes = function.graph.nodes;
  const bool writes = writes_variables(function);
  std::vector<bool> live(nodes.size());
  std::vector<std::int32_t> todo;
  const auto need = [&](std::int32_t id) {
    if (live[static_cast<std::size_t>(id)]) return;
    live[static_cast<std::size_t>(id)] = true;
    todo.push_back(id);
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool stateful = nodes[i].op->is_stateful || nodes[i].op->calls != CallKind::none;
    const bool root = stateful && !is_pure(nodes[i], writes);
    if (root) need(static_cast<std::int32_t>(i));
  }
  for (const auto id : function.arguments) need(id);
  for (const auto id : function.capture_nodes) need(id);
  for (const auto& result : function.results) need(result.node);
  while (!todo.empty()) {
    const auto id = todo.back();
    todo.pop_back();
    for (const auto& input : nodes[static_cast<std::size_t>(id)].inputs) need(input.node);
  }
  return live;
}

// Live nodes as they are asked for, each after its inputs. Without recursion: graphs may be very deep.
std::vector<std::int32_t> order_of(const Graph& graph, const std::vector<bool>& live,
                                   std::span<const std::int32_t> asked) {
  std::vector<std::int32_t> order;
  std::vector<std::uint8_t> state(graph.size());  // 0 new, 1 inputs visited, 2 placed
  std::vector<std::int32_t> stack;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const auto first = asked.empty() ? static_cast<std::int32_t>(i) : asked[i];
    if (!live[static_cast<std::size_t>(first)] || state[static_cast<std::size_t>(first)] == 2) continue;
    stack.push_back(first);
    while (!stack.empty()) {
      const auto id = stack.back();
      auto& s = state[static_cast<std::size_t>(id)];
      if (s == 0) {
        s = 1;
        const auto& inputs = graph.nodes[static_cast<std::size_t>(id)].inputs;
        for (auto it = inputs.rbegin(); it != inputs.rend(); ++it) {
          if (state[static_cast<std::size_t>(it->node)] == 0) stack.push_back(it->node);
        }
        continue;
      }
      if (s == 1) {
        s = 2;
        order.push_back(id);
      }
      stack.pop_back();
    }
  }
  return order;
}

}  // namespace

bool is_in_order(const Graph& graph) {
  for (std::size_t i = 0; i < graph.size(); ++i) {
    for (const auto& input : graph.nodes[i].inputs) {
      if (static_cast<std::size_t>(input.node) >= i) return false;
    }
  }
  return true;
}

void drop_dead(Function& function, std::span<const std::int32_t> asked) {
  const auto order = order_of(function.graph, live_nodes(function), asked);
  std::vector<std::int32_t> renamed(function.graph.size(), -1);
  Graph kept;
  kept.nodes.reserve(order.size());
  for (const auto id : order) {
    renamed[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(kept.size());
    kept.nodes.push_back(std::move(function.graph.nodes[static_cast<std::size_t>(id)]));
    for (auto& input : kept.nodes.back().inputs) input.node = renamed[static_cast<std::size_t>(input.node)];
  }
  function.graph = std::move(kept);
  const auto rename = [&](std::int32_t& id) { id = renamed[static_cast<std::size_t>(id)]; };
  for (auto& id : function.arguments) rename(id);
  for (auto& id : function.capture_nodes) rename(id);
  for (auto& result : function.results) rename(result.node);
}

}  // namespace hornbeam::graph
