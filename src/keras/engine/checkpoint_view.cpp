// Models as checkpoints see them.
#include <algorithm>

#include "hornbeam/layers/lookup.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/optimizers.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam {
namespace {

// To Keras 2 a vocabulary that may be learned is a weight.
bool keeps_words(const Layer& layer) {
  if (const auto* lookup = dynamic_cast<const IndexLookupLayer*>(&layer)) return lookup->is_adaptable();
  const auto& inner = layer.sublayers();
  return std::ranges::any_of(inner, [](const auto& l) { return keeps_words(*l); });
}

}  // namespace

std::vector<Trackable::Edge> Model::checkpoint_children(Target) const {
  auto children = edges();
  if (is_compiled()) children.push_back({"optimizer", optimizer().ptr()});
  return children;
}

void Model::prepare_checkpoint_child(const std::string& name, bool has_slots,
                                     const std::vector<std::string>& its_children) {
  if (name != "optimizer" || !is_compiled()) return;
  const auto has = [&](const char* child) { return std::ranges::find(its_children, child) != its_children.end(); };
  // An optimizer that nobody chose the generation of and that has no state takes that of the checkpoint.
  if (has_slots || has("iter") || (has("base_optimizer") && !has("_variables"))) {
    optimizer()->follow(Target::tf22);
  } else if (has("_trainable_variables")) {
    optimizer()->follow(Target::keras3);
  } else if (has("_variables")) {
    optimizer()->follow(Target::tf215);
  }
}

std::vector<Trackable::Edge> FunctionalModel::checkpoint_children(Target target) const {
  std::vector<Edge> children;
  if (target == Target::keras3) {
    const auto operations = std::make_shared<TrackableChildren>();
    std::size_t i = 0;
    for (const auto& layer : layers()) operations->add_edge(std::to_string(i++), layer);
    children.push_back({"_operations", operations});
  } else {
    std::size_t i = 0, with_weights = 0;
    for (const auto& layer : layers()) {
      if (!layer->weights().empty() || keeps_words(*layer)) {
        children.push_back({"layer_with_weights-" + std::to_string(with_weights++), layer});
      }
      children.push_back({"layer-" + std::to_string(i++), layer});
    }
  }
  const auto rest = Model::checkpoint_children(target);
  children.insert(children.end(), rest.begin(), rest.end());
  return children;
}

}  // namespace hornbeam
