// models::clone_model.
#include <unordered_map>

#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/engine/call_scope.h"
#include "keras/engine/graph_values.h"

namespace hornbeam {
namespace {

std::shared_ptr<Layer> cloned(const std::shared_ptr<Layer>& layer, const CloneOptions& options) {
  if (!options.clone_function) return layers::deserialize(layers::serialize(*layer)).ptr();
  auto clone = options.clone_function(layer).ptr();
  if (!clone) throw TypeError("clone_function gave no layer for layer \"" + layer->name() + "\"");
  return clone;
}

// The given tensors, or a new Input for each of the model's.
std::vector<Tensor> new_inputs(const Model& model, const CloneOptions& options) {
  const auto old = model.symbolic_inputs().flatten();
  auto given = options.input_tensors.flatten();
  if (options.input_tensors.is_none()) {
    for (const auto& t : old) {
      given.push_back(InputLayer::create_like(static_cast<const InputLayer&>(*as_keras_tensor(t)->node->layer)));
    }
  }
  if (given.size() != old.size()) {
    throw ValueError("clone_model: the model has " + std::to_string(old.size()) + " inputs, received " +
                     std::to_string(given.size()) + " input_tensors");
  }
  for (const auto& t : given) {
    if (!is_keras_tensor(t)) throw ValueError("clone_model: input_tensors must be symbolic, received " + t.to_string());
  }
  return given;
}

ModelRef clone_functional(const FunctionalModel& model, const CloneOptions& options) {
  const RootNameScope root;
  const auto old = model.symbolic_inputs().flatten();
  const auto inputs = new_inputs(model, options);
  std::unordered_map<const Layer*, std::shared_ptr<Layer>> clones;
  GraphValues values;
  for (std::size_t i = 0; i < old.size(); ++i) values.set(old[i], inputs[i]);
  for (const auto& layer : model.layers()) {
    if (!dynamic_cast<const InputLayer*>(layer.get())) clones.emplace(layer.get(), cloned(layer, options));
  }
  for (const auto& placed : model.nodes()) {
    if (!placed.node->is_input()) values.call(*placed.node, *clones.at(placed.node->layer.get()));
  }
  return Functional(model.symbolic_inputs().pack_like(inputs), values.of(model.symbolic_outputs()),
                    {.name = model.name()});
}

ModelRef clone_sequential(const SequentialModel& model, const CloneOptions& options) {
  const RootNameScope root;
  const Sequential clone({}, {.name = model.name()});
  // Built by its first input it has an Input that nobody gave it.
  const bool inferred = model.build_input_shape() && options.input_tensors.is_none();
  if (model.has_graph() && !inferred) clone->add(new_inputs(model, options)[0]);
  if (!model.has_graph() && !options.input_tensors.is_none()) clone->add(options.input_tensors.tensor());
  for (const auto& layer : model.layers()) clone->add(LayerRef(cloned(layer, options)));
  if (inferred) clone->build(*model.build_input_shape());
  return clone;
}

ModelRef clone(const Model& model, const CloneOptions& options) {
  if (options.input_tensors.is_none() && !options.clone_function) {
    return models::model_from_config(layers::serialize(model));
  }
  if (const auto* sequential = dynamic_cast<const SequentialModel*>(&model)) {
    return clone_sequential(*sequential, options);
  }
  if (const auto* functional = dynamic_cast<const FunctionalModel*>(&model)) {
    return clone_functional(*functional, options);
  }
  throw ValueError("Expected `model` argument to be a functional `Model` instance, but got a subclass model instead.");
}

}  // namespace

ModelRef models::clone_model(const Model& model, const CloneOptions& options) {
  auto made = clone(model, options);
  made->set_target(model.target());
  made->set_keras_version(model.keras_version());
  return made;
}

}  // namespace hornbeam
