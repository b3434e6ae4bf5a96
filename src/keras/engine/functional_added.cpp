// What a functional model's graph has beside what its outputs need.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "hornbeam/model.hpp"
#include "keras/engine/added.h"
#include "keras/engine/graph_map.h"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {

void FunctionalModel::insert(std::span<const std::shared_ptr<Layer>> layers,
                             std::span<const std::shared_ptr<KerasNode>> nodes) {
  std::unordered_map<const KerasNode*, int> depths;
  for (const auto& [node, depth] : nodes_) depths.emplace(node.get(), depth);
  for (const auto& node : nodes) {
    if (depths.contains(node.get())) continue;
    // One below its lowest input, as Keras places it.
    int depth = 0;
    bool known = true;
    for (const auto& input : node->symbolic_inputs()) {
      const auto at = depths.find(as_keras_tensor(input)->node.get());
      known = known && at != depths.end();
      if (known) depth = std::min(depth, at->second);
    }
    if (!known) throw ValueError("Layers could not be added due to missing dependencies.");
    depths.emplace(node.get(), depth - 1);
    nodes_.push_back({node, depth - 1});
  }
  std::unordered_set<const Layer*> there;
  for (const auto& layer : layers_) there.insert(layer.get());
  for (const auto& layer : layers) {
    if (!there.insert(layer.get()).second) continue;
    layers_.push_back(layer);
    add_sublayer(layer);
  }
  reset_functions();
}

// Layers that no output needs: AddLoss layers and what they need.
void FunctionalModel::keep_rest_of(const std::vector<std::shared_ptr<Layer>>& layers,
                                   const std::vector<std::shared_ptr<KerasNode>>& calls) {
  const std::unordered_set<std::shared_ptr<Layer>> there(layers_.begin(), layers_.end());
  std::vector<std::shared_ptr<Layer>> rest;
  std::ranges::copy_if(layers, std::back_inserter(rest), [&](const auto& layer) { return !there.contains(layer); });
  if (rest.empty()) return;
  insert(rest, calls);
  config_part_ = {layers_.size(), nodes_.size()};
}

// `layer` called on `tensor`, which must follow from the inputs.
void FunctionalModel::insert_call(const std::shared_ptr<Layer>& layer, const Tensor& tensor) {
  map_graph(inputs_.flatten(), {tensor});
  const auto output = (*layer)(tensor).tensor();
  added_.push_back(as_keras_tensor(output)->node);
  insert_added(added_.back());
}

void FunctionalModel::insert_added(const std::shared_ptr<KerasNode>& call) {
  const auto map = map_graph(inputs_.flatten(), call->inputs.flatten());
  auto layers = map.layers;
  layers.push_back(call->layer);
  std::vector<std::shared_ptr<KerasNode>> nodes;
  for (const auto& placed : map.nodes) {
    if (!placed.node->is_input()) nodes.push_back(placed.node);
  }
  nodes.push_back(call);
  insert(layers, nodes);
}

void FunctionalModel::add_loss(const Tensor& loss) {
  if (!is_keras_tensor(loss)) return Model::add_loss(loss);
  insert_call(std::make_shared<AddLossLayer>(LayerOptions{.dtype = std::string(name_of(loss.dtype()))}), loss);
}

void FunctionalModel::add_metric(const Tensor& value, const std::string& name, const std::string& aggregation) {
  check_added_metric(name, aggregation);
  if (!is_keras_tensor(value)) return Model::add_metric(value, name, aggregation);
  insert_call(std::make_shared<AddMetricLayer>(LayerOptions{.dtype = std::string(name_of(value.dtype()))}, name),
              value);
}

void FunctionalModel::add_metric(const Metric& metric, const Tensor& value) {
  if (!is_keras_tensor(value)) return Model::add_metric(metric, value);
  insert_call(std::make_shared<AddMetricLayer>(LayerOptions{.dtype = std::string(name_of(value.dtype()))}, metric),
              value);
}

std::span<const std::shared_ptr<Layer>> FunctionalModel::layers_up_to(Extent extent) const {
  const auto& part = extent == Extent::outputs ? outputs_part_ : config_part_;
  return std::span(layers_).first(extent == Extent::all ? layers_.size() : part.layers);
}

std::span<const FunctionalModel::PlacedNode> FunctionalModel::nodes_up_to(Extent extent) const {
  const auto& part = extent == Extent::outputs ? outputs_part_ : config_part_;
  return std::span(nodes_).first(extent == Extent::all ? nodes_.size() : part.nodes);
}

}  // namespace hornbeam
