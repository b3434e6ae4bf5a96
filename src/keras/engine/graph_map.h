// From symbolic inputs and outputs to the layers and nodes between them, in Keras's order.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "hornbeam/model.hpp"

namespace hornbeam {

struct GraphMap {
  std::vector<std::shared_ptr<Layer>> layers;      // by falling depth, then in order of discovery
  std::vector<FunctionalModel::PlacedNode> nodes;  // likewise: an input before its use
};

// Throws ValueError: disconnected graph, names that repeat.
GraphMap map_graph(const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs);

// Copies of the nodes between these tensors, on new Inputs where an input is no Input's own. The layers are shared.
std::pair<Values, Values> clone_nodes(const Values& inputs, const Values& outputs);

// tf.keras counts a nested functional model's own creation as its node 0.
bool skips_first_node(const Layer& layer);

}  // namespace hornbeam
