// The order of a model's weights: layer by layer, then what the model made itself; in Keras 3 that comes first.
#include <set>

#include "keras/engine/weights_not_created.h"

namespace hornbeam {
namespace {

// Each variable once, where it comes first.
class Unique {
 public:
  void add(const std::vector<Variable>& variables) {
    for (const auto& v : variables) {
      if (seen_.insert(v.get()).second) list_.push_back(v);
    }
  }
  std::vector<Variable> take() { return std::move(list_); }

 private:
  std::set<const VariableNode*> seen_;
  std::vector<Variable> list_;
};

std::vector<Variable> own(const Layer& layer, bool trainable) {
  std::vector<Variable> list;
  for (const auto& w : layer.own_weights()) {
    if (w.variable->trainable() == trainable) list.push_back(w.variable);
  }
  return list;
}

bool own_come_first(const Model& model) { return model.target() == "keras3"; }

// Keras 3 does not ask what is trainable: a layer's own weights, then each inner layer's.
std::vector<Variable> in_keras3(const Layer& layer) {
  Unique by_trainability, all;
  by_trainability.add(layer.trainable_weights());
  by_trainability.add(layer.non_trainable_weights());
  auto given = layer.weights();
  if (given != by_trainability.take()) return given;  // an order of its own
  all.add(own(layer, true));
  all.add(own(layer, false));
  for (const auto& inner : layer.sublayers()) all.add(in_keras3(*inner));
  return all.take();
}

void quantize_layers(Layer& layer, std::set<const Layer*>& seen, const std::string& mode, const Config& config) {
  if (!seen.insert(&layer).second) return;
  for (const auto& inner : layer.sublayers()) quantize_layers(*inner, seen, mode, config);
  if (!layer.sublayers().empty() || dynamic_cast<Model*>(&layer)) return;
  try {
    layer.quantize(mode, config);
  } catch (const NotImplementedError&) {
    // It stays as it is: Keras warns.
  }
}

}  // namespace

void Model::quantize(const std::string& mode, const Config& config) {
  std::set<const Layer*> seen;
  quantize_layers(*this, seen, mode, config);
}

std::vector<Variable> Model::trainable_weights() const {
  if (!trainable()) return {};
  Unique all;
  if (own_come_first(*this)) all.add(own(*this, true));
  for (const auto& layer : sublayers()) all.add(layer->trainable_weights());
  all.add(own(*this, true));
  return all.take();
}

std::vector<Variable> Model::non_trainable_weights() const {
  Unique all;
  if (!trainable()) all.add(own(*this, true));
  if (own_come_first(*this)) all.add(own(*this, false));
  for (const auto& layer : sublayers()) all.add(trainable() ? layer->non_trainable_weights() : layer->weights());
  all.add(own(*this, false));
  return all.take();
}

ValueError weights_not_created(const Model& model) {
  return ValueError("Weights for model " + model.name() +
                    " have not yet been created. Weights are created when the Model is first called on inputs or "
                    "`build()` is called with an `input_shape`.");
}

std::vector<Variable> Model::weights() const {
  if (!built() && own_weights().empty()) {
    bool any = false;
    for (const auto& layer : sublayers()) any |= layer->built();
    if (!any && !sublayers().empty()) {
      throw weights_not_created(*this);
    }
  }
  Unique all;
  const auto add_own = [&] {
    all.add(own(*this, true));
    all.add(own(*this, false));
  };
  const bool keras3 = own_come_first(*this);
  if (keras3) add_own();
  for (const auto& layer : sublayers()) all.add(keras3 ? in_keras3(*layer) : layer->weights());
  add_own();
  return all.take();
}

}  // namespace hornbeam
