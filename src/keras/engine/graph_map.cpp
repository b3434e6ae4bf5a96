#include "keras/engine/graph_map.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "keras/engine/keras_tensor.h"
#include "keras/engine/names.h"

namespace hornbeam {
namespace {

using NodePtr = std::shared_ptr<KerasNode>;

using Stops = std::unordered_set<const TensorImpl*>;

// Does the graph start at this node: is one of its outputs where the walk stops?
bool starts_graph(const KerasNode& node, const Stops& stops) {
  return std::any_of(node.outputs.begin(), node.outputs.end(),
                     [&](const auto& o) { return stops.contains(o.lock().get()); });
}

struct Walk {
  std::vector<NodePtr> finished;  // a node after everything it needs
  std::unordered_map<const Layer*, int> layer_index;
};

// Depth-first from the outputs, as Keras walks it, with an explicit stack: models may be thousands of layers deep.
Walk walk_back(const std::vector<Tensor>& outputs, const Stops& stops) {
  Walk walk;
  std::unordered_set<const KerasNode*> done, open;
  struct Frame {
    NodePtr node;
    std::vector<Tensor> inputs;
    std::size_t next = 0;
  };
  std::vector<Frame> stack;
  const auto enter = [&](const Tensor& t) {
    const auto* k = as_keras_tensor(t);
    const auto& node = k->node;
    if (done.contains(node.get())) return;
    if (!open.insert(node.get()).second) {
      throw ValueError("The tensor \"" + t.to_string() + "\" at layer \"" + node->layer->name() +
                       "\" is part of a cycle.");
    }
    walk.layer_index.emplace(node->layer.get(), static_cast<int>(walk.layer_index.size()));
    std::vector<Tensor> inputs;
    for (const auto& input : node->symbolic_inputs()) {
      if (!stops.contains(t.impl().get())) inputs.push_back(input);
    }
    stack.push_back({node, std::move(inputs)});
  };
  for (const auto& output : outputs) {
    enter(output);
    while (!stack.empty()) {
      auto& top = stack.back();
      if (top.next < top.inputs.size()) {
        const auto input = top.inputs[top.next++];
        enter(input);
        continue;
      }
      done.insert(top.node.get());
      open.erase(top.node.get());
      walk.finished.push_back(top.node);
      stack.pop_back();
    }
  }
  return walk;
}

[[noreturn]] void disconnected(const Tensor& tensor, const Layer& layer, const std::vector<std::string>& reached) {
  std::string names;
  for (const auto& name : reached) names += (names.empty() ? "'" : ", '") + name + "'";
  const auto* from = as_keras_tensor(tensor);
  const auto text = "Tensor(\"" + from->node->layer->name() + ":" + std::to_string(from->tensor_index) +
                    "\", shape=" + tensor.shape().to_string() + ", dtype=" + std::string(name_of(tensor.dtype())) + ")";
  throw ValueError("Graph disconnected: cannot obtain value for tensor " + text + " at layer \"" + layer.name() +
                   "\". The following previous layers were accessed without issue: [" + names + "]");
}

// Everything an output needs must follow from the inputs. Keras tells what it reached: the deepest first, of one depth
// the last first.
void check_connected(const GraphMap& map, const Stops& inputs) {
  std::vector<FunctionalModel::PlacedNode> nodes(map.nodes.rbegin(), map.nodes.rend());
  std::stable_sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.depth > b.depth; });
  Stops known = inputs;
  std::vector<std::string> reached;
  for (const auto& [node, depth] : nodes) {
    if (!starts_graph(*node, inputs)) {
      if (node->is_input()) disconnected(Tensor(node->outputs[0].lock()), *node->layer, reached);
      for (const auto& input : node->symbolic_inputs()) {
        if (!known.contains(input.impl().get())) disconnected(input, *node->layer, reached);
      }
    }
    for (const auto& o : node->outputs) known.insert(o.lock().get());
    reached.push_back(node->layer->name());
  }
}

}  // namespace

bool skips_first_node(const Layer& layer) {
  const auto* model = dynamic_cast<const FunctionalModel*>(&layer);
  if (!model) return false;
  const auto* sequential = dynamic_cast<const SequentialModel*>(model);
  return !sequential || sequential->has_graph();
}

GraphMap map_graph(const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs) {
  Stops stops;
  for (const auto& t : inputs) stops.insert(t.impl().get());
  auto walk = walk_back(outputs, stops);

  std::unordered_map<const KerasNode*, int> node_depth;
  std::unordered_map<const Layer*, int> layer_depth;
  std::vector<std::shared_ptr<Layer>> layers;  // in order of first finish, to own them
  for (auto it = walk.finished.rbegin(); it != walk.finished.rend(); ++it) {
    const auto& node = *it;
    int depth = node_depth.emplace(node.get(), 0).first->second;
    if (const auto known = layer_depth.find(node->layer.get()); known != layer_depth.end()) {
      depth = std::max(depth, known->second);
    } else {
      layers.push_back(node->layer);
    }
    layer_depth[node->layer.get()] = depth;
    node_depth[node.get()] = depth;
    if (starts_graph(*node, stops)) continue;
    for (const auto& input : node->symbolic_inputs()) {
      auto& d = node_depth[as_keras_tensor(input)->node.get()];
      d = std::max(d, depth + 1);
    }
  }
  // Inputs that no output needs.
  for (const auto& t : inputs) {
    const auto& node = as_keras_tensor(t)->node;
    if (layer_depth.contains(node->layer.get())) continue;
    layer_depth[node->layer.get()] = 0;
    walk.layer_index[node->layer.get()] = -1;
    node_depth[node.get()] = 0;
    walk.finished.push_back(node);
    layers.push_back(node->layer);
  }

  GraphMap map;
  map.layers = layers;
  std::stable_sort(map.layers.begin(), map.layers.end(), [&](const auto& a, const auto& b) {
    const auto da = layer_depth[a.get()], db = layer_depth[b.get()];
    return da != db ? da > db : walk.layer_index[a.get()] < walk.layer_index[b.get()];
  });
  for (const auto& node : walk.finished) map.nodes.push_back({node, node_depth[node.get()]});
  std::stable_sort(map.nodes.begin(), map.nodes.end(), [](const auto& a, const auto& b) { return a.depth > b.depth; });

  check_connected(map, stops);
  std::map<std::string, const Layer*> names;
  for (const auto& layer : map.layers) {
    const auto [it, added] = names.emplace(layer->name(), layer.get());
    if (!added && it->second != layer.get()) {
      throw ValueError("The name \"" + layer->name() +
                       "\" is used 2 times in the model. All layer names should be unique.");
    }
  }
  return map;
}

namespace {

Values replaced(const Values& values, const std::unordered_map<const TensorImpl*, Tensor>& by) {
  auto leaves = values.flatten();
  for (auto& t : leaves) {
    if (const auto it = by.find(t.impl().get()); it != by.end()) t = it->second;
  }
  return values.pack_like(leaves, values.flatten_masks());
}

}  // namespace

std::pair<Values, Values> clone_nodes(const Values& inputs, const Values& outputs) {
  const auto flat = inputs.flatten();
  Stops stops;
  std::unordered_map<const TensorImpl*, Tensor> by;
  std::vector<Tensor> new_inputs;
  for (const auto& t : flat) {
    stops.insert(t.impl().get());
    const auto* k = as_keras_tensor(t);
    // Named as an Input without a name is.
    auto input = k->node->is_input()
                     ? t
                     : InputLayer::create(t.shape(), t.dtype(), "input_" + std::to_string(next_input_number()),
                                          /*sparse=*/false, ragged_rank_of(t) != 0);
    by[t.impl().get()] = input;
    new_inputs.push_back(std::move(input));
  }
  for (const auto& node : walk_back(outputs.flatten(), stops).finished) {
    if (node->is_input() || starts_graph(*node, stops)) continue;
    auto copy = std::make_shared<KerasNode>();
    copy->layer = node->layer;
    copy->inputs = replaced(node->inputs, by);
    copy->options = node->options;
    copy->options.initial_state = replaced(node->options.initial_state, by);
    copy->options.mask = replaced(node->options.mask, by);
    for (auto& [key, values] : copy->options.tensors) values = replaced(values, by);
    copy->output_structure = node->output_structure;
    LayerAccess::add_node(*node->layer, copy);
    for (std::size_t i = 0; i < node->outputs.size(); ++i) {
      const auto old = node->outputs[i].lock();
      if (!old) continue;
      by[old.get()] = make_keras_tensor(old->dtype, old->shape, copy, static_cast<int>(i),
                                        static_cast<const KerasTensor&>(*old).has_mask,
                                        static_cast<const KerasTensor&>(*old).ragged_rank);
    }
  }
  return {inputs.pack_like(new_inputs), replaced(outputs, by)};
}

}  // namespace hornbeam
