// What is added to compile()'s losses and metrics: by layers in call, and by functions given to layers and models.
#include <algorithm>
#include <set>

#include "hornbeam/model.hpp"
#include "keras/training/layers.h"
#include "keras/training/step.h"

namespace hornbeam::training {
namespace {

void visit(const Layer& layer, std::set<const Layer*>& seen, const std::function<void(const Layer&)>& fn) {
  if (!seen.insert(&layer).second) return;
  fn(layer);
  for (const auto& inner : layer.sublayers()) visit(*inner, seen, fn);
}

}  // namespace

void for_each_layer(const Layer& model, const std::function<void(const Layer&)>& fn) {
  std::set<const Layer*> seen;
  visit(model, seen, fn);
}

std::vector<Tensor> added_losses(const Model& model) {
  std::vector<Tensor> losses;
  for_each_layer(model, [&](const Layer& layer) {
    for (const auto& loss : layer.added_losses()) losses.push_back(loss());
  });
  return losses;
}

// A metric is known by its layer and name; the layers' metrics stand in the order of the layers.
void Trainer::update_added_metrics(std::span<const CallScope::AddedMetric> added) {
  bool grew = false;
  for (const auto& [layer, name, metric, value] : added) {
    const auto known = [&, owner = layer, called = name](const AddedMetric& m) {
      return m.layer == owner && m.metric->name() == called;
    };
    auto at = std::ranges::find_if(added_metrics_, known);
    if (at == added_metrics_.end()) {
      const auto dtype = is_floating(value.dtype()) ? std::string(name_of(value.dtype())) : std::string();
      at = added_metrics_.insert(at, {layer, metric ? metric : metrics::Mean({.name = name, .dtype = dtype})});
      grew = true;
    }
    at->metric->update_state(value);
  }
  if (!grew) return;
  std::vector<const Layer*> order;
  for_each_layer(model_, [&](const Layer& layer) { order.push_back(&layer); });
  std::ranges::stable_sort(added_metrics_, {}, [&](const AddedMetric& m) { return std::ranges::find(order, m.layer); });
}

}  // namespace hornbeam::training
