#include <algorithm>
#include <cstring>

#include "graph/passes/passes.h"
#include "tensor/variant.h"

namespace hornbeam::graph {
namespace {

bool same_constant(const Node& a, const Node& b) {
  const auto &x = a.attrs.tensor("value"), &y = b.attrs.tensor("value");
  if (x.impl() == y.impl()) return true;
  if (x.dtype() != y.dtype() || x.shape() != y.shape() || holds_objects(x.dtype())) return false;
  return x.raw() == y.raw() || (x.bytes() <= 4096 && std::memcmp(x.raw(), y.raw(), x.bytes()) == 0);
}

bool same(const Node& a, const Node& b) {
  if (a.op != b.op || a.inputs != b.inputs) return false;
  return a.op->name == "Const" ? same_constant(a, b) : a.attrs == b.attrs;
}

std::size_t hash_of(const Node& node) {
  std::size_t h = std::hash<const void*>{}(node.op);
  const auto mix = [&h](std::size_t v) { h ^= v + 0x9e3779b97f4a7c15U + (h << 6) + (h >> 2); };
  for (const auto& input : node.inputs) {
    mix(static_cast<std::size_t>(input.node));
    mix(static_cast<std::size_t>(input.index));
  }
  if (node.op->name == "Const") {
    const auto& value = node.attrs.tensor("value");
    for (const auto d : value.shape()) mix(static_cast<std::size_t>(d));
    if (!holds_objects(value.dtype())) {
      for (std::size_t i = 0; i < std::min<std::size_t>(value.bytes(), 16); ++i) {
        mix(std::to_integer<std::size_t>(value.raw()[i]));
      }
    }
  }
  return h;
}

}  // namespace

void dedupe(Function& function) {
  auto& nodes = function.graph.nodes;
  const bool writes = writes_variables(function);
  std::unordered_map<std::size_t, std::vector<std::int32_t>> seen;
  Redirect redirect;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto& node = nodes[i];
    for (auto& input : node.inputs) input = redirect.resolve(input);
    if (!is_pure(node, writes)) continue;
    auto& candidates = seen[hash_of(node)];
    const auto twin = std::find_if(candidates.begin(), candidates.end(),
                                   [&](std::int32_t c) { return same(nodes[static_cast<std::size_t>(c)], node); });
    if (twin == candidates.end()) {
      candidates.push_back(static_cast<std::int32_t>(i));
      continue;
    }
    for (std::int32_t k = 0; k < static_cast<std::int32_t>(node.outputs.size()); ++k) {
      redirect.add({static_cast<std::int32_t>(i), k}, {*twin, k});
    }
  }
  redirect.apply(function);
  drop_dead(function);
}

}  // namespace hornbeam::graph
