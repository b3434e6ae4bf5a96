#include "keras/saving/sized_weights.h"

#include "hornbeam/layers/discretization.hpp"
#include "hornbeam/layers/lookup.hpp"

namespace hornbeam {
namespace {

void add_sizable(Layer& layer, SizableWeights& found) {
  const bool bins = dynamic_cast<DiscretizationLayer*>(&layer) != nullptr;
  if (bins || dynamic_cast<IndexLookupLayer*>(&layer)) {
    const auto weight = std::dynamic_pointer_cast<VariableNode>(layer.find_edge(bins ? "summary" : "idf_weights"));
    if (weight) found.emplace(weight.get(), &layer);
    return;
  }
  for (const auto& inner : layer.sublayers()) add_sizable(*inner, found);
}

}  // namespace

SizableWeights sizable_weights(Layer& root) {
  SizableWeights found;
  add_sizable(root, found);
  return found;
}

bool can_be_sized(const SizableWeights& weights, const Variable& variable, const Shape& shape) {
  const auto found = weights.find(variable.get());
  if (found == weights.end()) return false;
  const bool bins = dynamic_cast<const DiscretizationLayer*>(found->second) != nullptr;
  return bins ? shape.rank() == 2 && shape[0] == 2 : shape.rank() == 1;
}

Variable sized_weight(const SizableWeights& weights, const Variable& variable, const Shape& shape) {
  const auto found = weights.find(variable.get());
  if (found == weights.end()) return nullptr;
  if (auto* bins = dynamic_cast<DiscretizationLayer*>(found->second)) return bins->sized_summary(shape);
  return static_cast<IndexLookupLayer*>(found->second)->sized_idf_weights(shape);
}

}  // namespace hornbeam
