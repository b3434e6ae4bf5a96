// Layers that stand in more than one model of a config, and are marked by a "shared_object_id".
//
// Keras 2.15 and 3 mark all places but the first, which is told by its config: the same to the letter. They cannot load
// such an archive again, nor one where each place has the mark: a layer of two models is beyond their readers. What
// they can load is a layer of its own for each place, with weights of its own. So each further place gets another mark,
// which they do not miss and from which Hornbeam knows that it is one layer.
#pragma once

#include <memory>
#include <unordered_set>

#include "hornbeam/model.hpp"

namespace hornbeam {

// While it lives, what this thread reads of `config` with the same mark is one layer. They nest; the innermost counts.
class SharedLayersScope {
 public:
  explicit SharedLayersScope(const Config& config);
  ~SharedLayersScope();
  SharedLayersScope(const SharedLayersScope&) = delete;
  SharedLayersScope& operator=(const SharedLayersScope&) = delete;

 private:
  friend std::shared_ptr<Layer> shared_layer(const Config& object);
  friend void note_layer(const Config& object, const std::shared_ptr<Layer>& layer);
  struct Known;
  std::unique_ptr<Known> known_;  // null: nothing is marked
  SharedLayersScope* outer_;
};

// The layer that was made of another place of this one; null when there is none yet.
std::shared_ptr<Layer> shared_layer(const Config& object);
// It was made of `object`.
void note_layer(const Config& object, const std::shared_ptr<Layer>& layer);

// Those of the model.
std::unordered_set<const Layer*> layers_in_several_models(const Model& model, FunctionalModel::Extent extent);

}  // namespace hornbeam
