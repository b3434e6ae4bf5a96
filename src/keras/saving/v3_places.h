// Where a v3 file of weights, or an archive, has what a model is made of: it does not say so itself.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/saving.hpp"
#include "keras/saving/sized_weights.h"
#include "keras/saving/v3_store.h"
#include "keras/saving/v3_walk.h"

namespace hornbeam {

struct V3Places {
  V3Layout layout;
  // Layers that the file has a copy of in each place where they stand; the first one counts.
  std::unordered_set<const Layer*> copied;
};

struct V3Found {
  V3Holder holder;
  std::vector<formats::hdf5::Dataset> datasets;
  bool fits() const { return holder.variables.size() == datasets.size(); }
};

struct V3Finding {
  V3Places places;
  std::vector<V3Found> all;  // each layer once
};

// Only subclasses tell the two layouts apart, and only models that share a layer whether it is copied: what fits, or
// fits best. `assets`: members of the archive, which has vocabularies in these places as well.
V3Finding find_v3(const V3Store& store, const std::vector<std::string>& assets, const Model& model,
                  const SizableWeights& sizable);
bool fits_v3(const SizableWeights& sizable, const Variable& variable, const formats::hdf5::Dataset& dataset);

// The archive's member that has the vocabulary of what is held there.
std::string vocabulary_member(const V3Holder& holder);

// A further copy of a layer is not as the one that counts.
void note_other_copy(const Layer& layer, const std::string& path, LoadReport& report);

}  // namespace hornbeam
