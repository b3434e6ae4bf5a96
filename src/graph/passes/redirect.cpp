#include "graph/passes/passes.h"

namespace hornbeam::graph {

Output Redirect::resolve(Output o) const {
  for (auto it = to_.find(key(o)); it != to_.end(); it = to_.find(key(o))) o = it->second;
  return o;
}

void Redirect::apply(Function& function) const {
  if (empty()) return;
  for (auto& node : function.graph.nodes) {
    for (auto& input : node.inputs) input = resolve(input);
  }
  for (auto& result : function.results) result = resolve(result);
}

}  // namespace hornbeam::graph
