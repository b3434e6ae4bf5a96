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

}  // namespace hornbeam
