#include <set>

#include "graph/variables.h"
#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"
#include "keras/training/layers.h"
#include "keras/training/trainer.h"

namespace hornbeam::training {
namespace {

void for_each_weight(const Model& model, const std::function<void(const Layer::Weight&)>& fn) {
  for_each_layer(model, [&](const Layer& layer) {
    for (const auto& weight : layer.own_weights()) fn(weight);
  });
}

std::set<const VariableNode*> trainable(const Model& model) {
  std::set<const VariableNode*> set;
  for (const auto& v : model.trainable_weights()) set.insert(v.get());
  return set;
}

}  // namespace

std::vector<Tensor> regularization_losses(const Model& model) {
  // Keras 3 counts weights that are trained only, Keras 2 all.
  const bool trained_only = current_target() == Target::keras3;
  const auto trained = trainable(model);
  std::vector<Tensor> losses;
  for_each_weight(model, [&](const Layer::Weight& weight) {
    if (!weight.regularizer || (trained_only && !trained.contains(weight.variable.get()))) return;
    losses.push_back((*weight.regularizer)(Tensor(weight.variable)));
  });
  return losses;
}

void apply_constraints(const Model& model) {
  const auto trained = trainable(model);
  for_each_weight(model, [&](const Layer::Weight& weight) {
    if (!weight.constraint || !trained.contains(weight.variable.get())) return;
    graph::assign(weight.variable, (*weight.constraint)(Tensor(weight.variable)));
  });
}

}  // namespace hornbeam::training
