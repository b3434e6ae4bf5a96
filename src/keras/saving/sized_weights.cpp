#include "keras/saving/sized_weights.h"

#include <algorithm>

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

bool can_be_sized(const Layer& root, const Variable& variable, const Shape& shape) {
  if (dynamic_cast<const DiscretizationLayer*>(&root)) {
    return root.find_edge("summary") == variable && shape.rank() == 2 && shape[0] == 2;
  }
  if (dynamic_cast<const IndexLookupLayer*>(&root))
    return root.find_edge("idf_weights") == variable && shape.rank() == 1;
  const auto layers = root.sublayers();
  return std::ranges::any_of(layers, [&](const auto& layer) { return can_be_sized(*layer, variable, shape); });
}

}  // namespace hornbeam
