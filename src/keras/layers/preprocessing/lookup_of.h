// Layers that have a vocabulary, or bins.
#pragma once

#include "hornbeam/layers/discretization.hpp"
#include "hornbeam/layers/text_vectorization.hpp"

namespace hornbeam {

// The layer itself, or the one within a TextVectorization; null of others.
inline const IndexLookupLayer* lookup_of(const Layer& layer) {
  if (const auto* text = dynamic_cast<const TextVectorizationLayer*>(&layer)) return text->lookup().get();
  return dynamic_cast<const IndexLookupLayer*>(&layer);
}

// What these learn from, or weigh words by, are weights in Keras 2 alone; in Keras 3 their configs have the rest.
inline bool has_weights_of_keras2(const Layer& layer) {
  return lookup_of(layer) || dynamic_cast<const DiscretizationLayer*>(&layer);
}

}  // namespace hornbeam
