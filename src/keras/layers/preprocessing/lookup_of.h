// The lookup of a layer that has a vocabulary.
#pragma once

#include "hornbeam/layers/text_vectorization.hpp"

namespace hornbeam {

// The layer itself, or the one within a TextVectorization; null of others.
inline const IndexLookupLayer* lookup_of(const Layer& layer) {
  if (const auto* text = dynamic_cast<const TextVectorizationLayer*>(&layer)) return text->lookup().get();
  return dynamic_cast<const IndexLookupLayer*>(&layer);
}

}  // namespace hornbeam
