#include "keras/saving/sized_weights.h"

#include "hornbeam/layers/discretization.hpp"
#include "hornbeam/layers/lookup.hpp"

namespace hornbeam {

Variable sized_weight(Layer& root, const Variable& variable, const Shape& shape) {
  if (auto* bins = dynamic_cast<DiscretizationLayer*>(&root)) {
    return bins->find_edge("summary") == variable ? bins->sized_summary(shape) : nullptr;
  }
  if (auto* lookup = dynamic_cast<IndexLookupLayer*>(&root)) {
    return lookup->find_edge("idf_weights") == variable ? lookup->sized_idf_weights(shape) : nullptr;
  }
  for (const auto& layer : root.sublayers()) {
    if (auto sized = sized_weight(*layer, variable, shape)) return sized;
  }
  return nullptr;
}

namespace {

const char* sizable_of(const Layer& layer) {
  if (dynamic_cast<const DiscretizationLayer*>(&layer)) return "summary";
  return dynamic_cast<const IndexLookupLayer*>(&layer) ? "idf_weights" : nullptr;
}

void add_sizable(const Layer& layer, SizableWeights& found) {
  if (const auto* name = sizable_of(layer)) {
    if (const auto weight = std::dynamic_pointer_cast<VariableNode>(layer.find_edge(name))) {
      found.emplace(weight.get(), &layer);
    }
    return;
  }
  for (const auto& inner : layer.sublayers()) add_sizable(*inner, found);
}

}  // namespace

SizableWeights sizable_weights(const Layer& root) {
  SizableWeights found;
  add_sizable(root, found);
  return found;
}

bool can_be_sized(const SizableWeights& weights, const Variable& variable, const Shape& shape) {
  const auto found = weights.find(variable.get());
  if (found == weights.end()) return false;
  const bool summary = dynamic_cast<const DiscretizationLayer*>(found->second);
  return summary ? shape.rank() == 2 && shape[0] == 2 : shape.rank() == 1;
}

}  // namespace hornbeam
