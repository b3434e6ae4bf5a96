// What one step computes.
#include "keras/training/step.h"

#include <algorithm>

#include "graph/executor.h"
#include "graph/gradients.h"
#include "graph/variables.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/call_scope.h"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/restructured.h"
#include "keras/training/layers.h"
#include "ops/ragged/ragged.h"
#include "tensor/incompatible_shapes.h"

namespace hornbeam::training {
namespace {

// As compile_utils.match_dtype_and_rank: labels and weights of shape (batch,) for predictions of (batch, 1).
Tensor match_rank(const Tensor& t, const Tensor& prediction) {
  if (!t.defined() || !t.shape().has_rank() || t.rank() != 1 || !prediction.shape().has_rank()) return t;
  return prediction.rank() == 2 ? ops::expand_dims(t, -1) : t;
}

Tensor sum(const std::vector<Tensor>& terms) {
  Tensor total = terms[0];
  for (std::size_t i = 1; i < terms.size(); ++i) total = total + ops::cast(terms[i], total.dtype());
  return total;
}

// What Keras adds up must be of one rank: a loss without a reduction is a vector, to which no regularization can be
// added.
void check_addable(const std::vector<Tensor>& terms) {
  for (const auto& t : terms) {
    if (t.rank() == terms[0].rank()) continue;
    throw ValueError("Shapes must be equal rank, but are " + std::to_string(terms[0].rank()) + " and " +
                     std::to_string(t.rank()) +
                     ": a loss is no scalar. Give it a reduction, or reduce it, say by its mean.");
  }
}

Shape batch_shape(const Tensor& t) {
  auto shape = t.shape();
  if (shape.rank() > 0) shape[0] = None;
  return shape;
}

std::string form_of(const Tensor& t) {
  if (!t.defined()) return "-";
  return std::string(name_of(t.dtype())) + batch_shape(t).to_string() + "~" + std::to_string(ragged_rank_of(t));
}

bool is_given_ragged(const Tensor& t) { return t.defined() && is_ragged(t); }

// Losses and metrics of ragged predictions and labels are those of all their steps, as in 2.15.
void flatten_ragged(Tensor& y, Tensor& prediction, const Tensor& weights) {
  if (!is_given_ragged(y) && !is_ragged(prediction)) return;
  if (current_target() == Target::tf22) {
    throw TypeError(
        "Failed to convert a ragged tensor to Tensor: losses of tf.keras 2.2 take none. End the model with "
        "a layer that gives a uniform tensor, or save it for tf.keras 2.15 and train that.");
  }
  if (weights.defined()) throw NotImplementedError("sample weights of ragged predictions are not supported");
  if (!y.defined()) return;
  if (!is_ragged(y) || !is_ragged(prediction)) {
    throw ValueError("Labels and predictions must both be ragged or none; received " + y.to_string() + " and " +
                     prediction.to_string());
  }
  (void)common_splits(*as_ragged(y), *as_ragged(prediction));  // of traced ones: as many
  y = RaggedTensor(y).flat_values();
  prediction = RaggedTensor(prediction).flat_values();
}

// As where TensorFlow infers shapes: what a kernel would refuse is a wrong value here.
std::shared_ptr<const graph::Function> traced_step(const std::string& name, std::span<const TensorSpec> specs,
                                                   const graph::TraceBody& body) {
  try {
    return graph::trace(name, specs, body);
  } catch (const InvalidArgumentError& error) {
    throw as_inferred(error);
  }
}

Tensor batch_size(const Tensor& x) {
  if (is_ragged(x)) return ops::cast(RaggedTensor(x).nrows(), DType::float32);
  return ops::cast(ops::gather(ops::shape(x), Tensor::scalar(std::int32_t{0})), DType::float32);
}

}  // namespace

// Steps of settings that the optimizer no longer has are never run again; of the others those that were used last stay.
void Trainer::forget_steps() {
  constexpr std::size_t kMost = 32;
  const auto settings = options_.optimizer->settings_version();
  std::erase_if(steps_, [&](const auto& kept) { return kept.second.settings.value_or(settings) != settings; });
  while (steps_.size() > kMost) {
    steps_.erase(std::ranges::min_element(steps_, {}, [](const auto& kept) { return kept.second.used; }));
  }
}

std::shared_ptr<Trainer::Step> Trainer::step(Kind kind, const Data& data) {
  const auto key_now = [&] {
    auto key = std::to_string(static_cast<int>(kind)) + "#" + std::to_string(restructured_layers().load()) + "#";
    for (const auto& t : data.x.flatten()) key += form_of(t);
    for (const auto* list : {&data.y, &data.weights}) {
      key += "|";
      for (const auto& t : *list) key += form_of(t);
    }
    // Which weights are trained, and which layers run as in training, decides what the step is.
    if (kind != Kind::test && model_.built()) {
      for (const auto& v : model_.trainable_weights())
        key += "," + std::to_string(reinterpret_cast<std::uintptr_t>(v.get()));
      key += "|";  // a frozen BatchNormalization runs as in inference, even one that has nothing to train
      for_each_layer(model_, [&](const Layer& layer) { key += layer.trainable() ? '1' : '0'; });
    }
    if (kind == Kind::train) key += "|" + std::to_string(options_.optimizer->settings_version());
    return key;
  };
  if (const auto known = steps_.find(key_now()); known != steps_.end()) {
    known->second.used = ++steps_used_;
    return known->second.step;
  }
  auto made = std::make_shared<Step>();
  made->sized_by_values = std::ranges::any_of(data.arrays(), is_ragged);
  std::vector<std::string> names;
  if (options_.run_eagerly && kind != Kind::gradients) {
    made->kind = kind;
    made->form = data;
  } else {
    std::vector<TensorSpec> specs;
    for (const auto& t : data.arrays()) append_specs(specs, t.dtype(), batch_shape(t), ragged_rank_of(t));
    const TargetScope scope(target_named(model_.target()));
    const auto function = traced_step(model_.name() + (kind == Kind::test ? "_test_step" : "_train_step"), specs,
                                      [&](std::span<const Tensor> arguments) {
                                        return body(kind, data, joined_like(data.arrays(), arguments), names);
                                      });
    made->executable = std::make_unique<const graph::Executable>(function);
    for (const auto& result : function->results) {
      const auto& spec = function->graph.spec(result);
      const bool sized = spec.shape.is_fully_known();
      if (!sized) made->sized_by_values = true;
      made->outputs.push_back(sized ? Tensor::empty(spec.dtype, spec.shape) : Tensor());
    }
  }
  made->name_results(names);
  KeptStep kept{.step = made, .used = ++steps_used_};
  if (kind == Kind::train) kept.settings = options_.optimizer->settings_version();
  steps_[key_now()] = kept;  // tracing may have built the model
  forget_steps();
  return made;
}

void Trainer::check_shapes(Kind kind, const Data& data) {
  if (options_.run_eagerly) return;
  std::vector<TensorSpec> specs;
  for (const auto& t : data.arrays()) append_specs(specs, t.dtype(), t.shape(), ragged_rank_of(t));
  std::vector<std::string> names;
  const TargetScope scope(target_named(model_.target()));
  (void)traced_step(model_.name() + "_shapes", specs, [&](std::span<const Tensor> arguments) {
    return body(kind, data, joined_like(data.arrays(), arguments), names);
  });
}

void Trainer::Step::name_results(const std::vector<std::string>& all) {
  names.clear();
  result_of.clear();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto at = std::ranges::find(names, all[i]);
    if (at != names.end()) {
      result_of[static_cast<std::size_t>(at - names.begin())] = i;
    } else {
      names.push_back(all[i]);
      result_of.push_back(i);
    }
  }
}

namespace {

Values arrays_or_none(const std::vector<Tensor>& arrays) {
  if (arrays.empty()) return {};
  if (arrays.size() == 1) return arrays[0].defined() ? Values(arrays[0]) : Values();
  Values::List list;
  for (const auto& t : arrays) list.push_back(t.defined() ? Values(t) : Values());
  return Values(std::move(list));
}

std::vector<Tensor> arrays_of(const Values& values) {
  std::vector<Tensor> arrays;
  if (values.is_tensor()) return {values.tensor()};
  if (values.is_dict()) return values.flatten();
  if (values.is_none()) return {};
  for (const auto& item : values.list()) arrays.push_back(item.is_none() ? Tensor() : item.tensor());
  return arrays;
}

}  // namespace

Batch Trainer::batch_of(const Data& form, std::span<const Tensor> arrays) {
  std::size_t next = 0;
  const auto take = [&](const Tensor& t) { return t.defined() ? arrays[next++] : Tensor(); };
  std::vector<Tensor> leaves, y, weights;
  for (const auto& t : form.x.flatten()) leaves.push_back(take(t));
  for (const auto& t : form.y) y.push_back(take(t));
  for (const auto& t : form.weights) weights.push_back(take(t));
  return {form.x.pack_like(leaves), arrays_or_none(y), arrays_or_none(weights)};
}

std::vector<Tensor> Trainer::body(Kind kind, const Data& form, std::span<const Tensor> arguments,
                                  std::vector<std::string>& names) {
  const auto batch = batch_of(form, arguments);
  if (kind == Kind::gradients) {
    Traced traced;
    return forward_and_update(kind, batch, traced);
  }
  const auto results = kind == Kind::test ? model_.test_step(batch) : model_.train_step(batch);
  std::vector<Tensor> values;
  names.clear();
  for (const auto& [name, value] : results) {
    names.push_back(name);
    // tf.keras 2.2 has means of losses in float32, whatever floatx is.
    const bool of_loss = name == "loss" || name.ends_with("_loss");
    const bool whole = value.dtype() == DType::float64 && (current_target() != Target::tf22 || !of_loss);
    values.push_back(whole ? value : ops::cast(value, DType::float32));
  }
  return values;
}

Trainer::StepResults Trainer::default_step(Kind kind, const Batch& batch) {
  Traced traced;
  (void)forward_and_update(kind, batch, traced);
  if (!have_metrics_) make_metrics(traced);
  update_metrics(traced);
  StepResults named;
  for (const auto& reported : all_metrics()) named.emplace_back(reported.name, reported.metric->result());
  return named;
}

std::vector<Tensor> Trainer::forward_and_update(Kind kind, const Batch& batch, Traced& traced) {
  const bool training = kind != Kind::test;
  const auto leaves = batch.x.flatten();
  traced.y = arrays_of(batch.y);
  traced.weights = arrays_of(batch.sample_weight);

  // Values are differentiated by a tape, what is traced through its function.
  std::optional<GradientTape> tape;
  if (training && leaves.at(0).is_concrete()) tape.emplace();
  CallScope collector(training);
  const auto predictions = model_(batch.x, {.training = training});
  traced.predictions = predictions.flatten();
  traced.masks = predictions.flatten_masks();
  traced.added_losses = collector.losses();
  traced.added_metrics = collector.metrics();
  traced.batch = batch_size(leaves.at(0));
  make_tasks(traced.predictions.size(), predictions);
  // In Keras 2 one array is the labels of every output.
  if (traced.y.size() == 1 && current_target() != Target::keras3) traced.y.resize(tasks_.size(), traced.y[0]);
  if (traced.y.size() != tasks_.size() && !traced.y.empty()) {
    refuse_count(traced.y.size(), batch.y.is_tensor(), tasks_.size(), count_rules("()"));
  }
  traced.y.resize(tasks_.size());
  // One array of weights counts for every output.
  if (traced.weights.size() == 1) traced.weights.resize(tasks_.size(), traced.weights[0]);
  traced.weights.resize(tasks_.size());
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    flatten_ragged(traced.y[i], traced.predictions[i], traced.weights[i]);
    if (current_target() == Target::keras3) continue;  // hands them on as they are
    traced.y[i] = match_rank(traced.y[i], traced.predictions[i]);
    traced.weights[i] = match_rank(traced.weights[i], traced.predictions[i]);
  }

  const auto loss = total_loss(traced);
  if (!training) return {};
  const auto variables = model_.trainable_weights();
  const auto& optimizer = options_.optimizer;
  const auto minimised = kind == Kind::train ? optimizer->scale_loss(loss) : loss;
  auto gradients = tape ? tape->gradient(minimised, variables) : graph::gradients(minimised, variables);
  tape.reset();
  if (kind == Kind::gradients) {
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!gradients[i].defined()) gradients[i] = ops::zeros(variables[i]->shape(), variables[i]->dtype());
    }
    return gradients;
  }
  if (variables.empty() && current_target() == Target::keras3) {
    warn("The model does not have any trainable weights.");
  }
  if (!variables.empty()) {
    warn_of_missing(gradients, variables);
    optimizer->apply_gradients(optimizer->get_unscaled_gradients(std::move(gradients)), variables);
    apply_constraints(model_);
  }
  collector.apply_updates();
  return {};
}

Tensor Trainer::total_loss(Traced& traced) {
  std::vector<Tensor> terms;
  traced.losses.resize(tasks_.size());
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (!tasks_[i].loss || !traced.y[i].defined()) continue;
    const auto value = tasks_[i].loss(traced.y[i], traced.predictions[i], traced.weights[i], traced.masks[i]);
    // Without a reduction a vector: what is minimised is its sum, what is told its mean.
    traced.losses[i] = value;
    terms.push_back(tasks_[i].weight == 1.0 ? value : value * tasks_[i].weight);
  }
  // Keras 2 has no batch's size to weigh its mean by when no compiled loss was computed.
  const bool keras3 = current_target() == Target::keras3;
  if (terms.empty() && !keras3) traced.batch = {};
  // Keras 3 adds its outputs' losses whatever their ranks.
  if (keras3 && terms.size() > 1) terms = {sum(terms)};
  const auto add = [&](const std::vector<Tensor>& losses) {
    // Keras 3 takes the sum of one that is no scalar.
    for (const auto& loss : losses) terms.push_back(keras3 && loss.rank() != 0 ? ops::reduce_sum(loss) : loss);
  };
  add(traced.added_losses);
  add(added_losses(model_));
  for (const auto& loss : regularization_losses(model_)) terms.push_back(loss);
  if (terms.empty()) {
    throw ValueError("No loss to compute. Provide a `loss` argument in `compile()`, and y in `fit()` or `evaluate()`.");
  }
  check_addable(terms);
  traced.total = sum(terms);
  return traced.total;
}

void Trainer::update_metrics(const Traced& traced) {
  loss_->update_state(traced.total, traced.batch);
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (i < output_losses_.size() && output_losses_[i] && traced.losses[i].defined()) {
      // Keras 3 takes every batch's for the same, whatever its size.
      output_losses_[i]->update_state(traced.losses[i], model_.target() == "keras3" ? Tensor() : traced.batch);
    }
    if (!traced.y[i].defined()) continue;
    const auto &y = traced.y[i], &prediction = traced.predictions[i], &mask = traced.masks[i];
    // In 2.2 it is the weighted ones alone that are told of masks.
    const auto told = current_target() == Target::tf22 ? Tensor() : mask;
    for (const auto& metric : metrics_[i].metrics) metric.metric->update_state(y, prediction, {}, told);
    for (const auto& metric : metrics_[i].weighted) metric.metric->update_state(y, prediction, traced.weights[i], mask);
  }
  update_added_metrics(traced.added_metrics);
}

}  // namespace hornbeam::training
