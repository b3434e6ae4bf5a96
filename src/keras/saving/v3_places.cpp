#include "keras/saving/v3_places.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "keras/layers/preprocessing/lookup_of.h"
#include "keras/serialization/shared_layers.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

// The layers, each once, and how badly the file fits them.
struct Candidate {
  std::vector<V3Found> all;
  std::ptrdiff_t misfits = 0;
};

bool is_misfit(const V3Found& found, const SizableWeights& sizable) {
  if (!found.fits()) return true;
  for (std::size_t i = 0; i < found.datasets.size(); ++i) {
    if (!fits_v3(sizable, found.holder.variables[i], found.datasets[i])) return true;
  }
  return false;
}

// Names in the file that are a layer's, in any of its places, which tell whether there are copies: a layer without
// numbered weights fits wherever it is looked for, and what lies there may be the neighbour's.
class Names {
 public:
  Names(const V3Store& store, const std::vector<std::string>& assets) : assets_(assets.begin(), assets.end()) {
    for (const auto& path : store.dataset_paths()) {
      if (!path.starts_with("optimizer/") && !path.starts_with("metrics/")) datasets_.insert(path);
    }
  }
  // What no layer would take, and what is not there.
  std::ptrdiff_t misfits(const V3Store& store, const std::vector<V3Holder>& holders) const {
    std::ptrdiff_t taken = 0, missing = 0;
    for (const auto& holder : holders) {
      for (const auto& dataset : store.variables(holder.path)) taken += datasets_.contains(dataset.path().substr(1));
      if (!lookup_of(*holder.layer)) continue;
      taken += store.named(holder.path, kIdfWeights).has_value();
      if (lookup_of(*holder.layer)->vocabulary_in_config()) continue;
      const bool there = assets_.contains(vocabulary_member(holder));
      (there ? taken : missing) += 1;
    }
    return std::ssize(datasets_) + std::ssize(assets_) - taken + missing;
  }

 private:
  std::set<std::string> datasets_, assets_;
};

}  // namespace

bool fits_v3(const SizableWeights& sizable, const Variable& variable, const hdf5::Dataset& dataset) {
  const Shape shape(dataset.shape());
  return shape == variable->shape() || can_be_sized(sizable, variable, shape);
}

V3Finding find_v3(const V3Store& store, const std::vector<std::string>& assets, const Model& model,
                  const SizableWeights& sizable) {
  const auto own = v3_layout_of(target_named(model.target()));
  const auto other = own == V3Layout::keras3 ? V3Layout::keras2 : V3Layout::keras3;
  const auto shared = layers_in_several_models(model, FunctionalModel::Extent::all);
  const auto names = shared.empty() ? std::nullopt : std::make_optional<Names>(store, assets);
  const auto candidate = [&](V3Layout layout, const std::unordered_set<const Layer*>& copied) {
    Candidate made;
    auto holders = v3_holders(model, layout, copied);
    if (names) made.misfits += names->misfits(store, holders);
    std::set<const Layer*> seen;
    for (auto& holder : holders) {
      if (!seen.insert(holder.layer).second) continue;
      auto datasets = store.variables(holder.path);
      made.all.push_back({std::move(holder), std::move(datasets)});
      made.misfits += is_misfit(made.all.back(), sizable);
    }
    return made;
  };
  V3Finding best;
  std::ptrdiff_t fewest = std::numeric_limits<std::ptrdiff_t>::max();
  for (const auto& copied : {std::unordered_set<const Layer*>(), shared}) {
    for (const auto layout : {own, other}) {
      auto found = candidate(layout, copied);
      if (found.misfits < fewest) best = {{layout, copied}, std::move(found.all)};
      fewest = std::min(fewest, found.misfits);
      if (fewest == 0) return best;
    }
    if (shared.empty()) break;
  }
  return best;
}

std::string vocabulary_member(const V3Holder& holder) {
  return "assets/" + holder.path + (holder.path.empty() ? "" : "/") + "vocabulary.txt";
}

void note_other_copy(const Layer& layer, const std::string& path, LoadReport& report) {
  report.unused.push_back(path);
  report.notes.push_back("layer '" + layer.name() + "' stands in several models: " + path +
                         " has other values than it gets, and is left out");
}

}  // namespace hornbeam
