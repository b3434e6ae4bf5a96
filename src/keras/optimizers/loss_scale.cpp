// LossScaleOptimizer: what it keeps, and what it passes on to the optimizer that it wraps.
#include "hornbeam/optimizers/loss_scale.hpp"

#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// A node without class of its own: TensorFlow's loss scale is no more when it is loaded.
class LossScaleObject::State final : public Trackable {};

namespace {

OptimizerOptions own_options(const Optimizer& inner, const LossScaleObject::Settings& settings) {
  if (!inner) throw ValueError("\"inner_optimizer\" must be an instance of an optimizer, but got: None");
  OptimizerOptions options;
  options.name = settings.name;
  options.generation = inner->generation();
  return options;
}

const std::string kModernName = "LossScaleOptimizerV3";

}  // namespace

LossScaleObject::LossScaleObject(const Optimizer& inner, const Settings& settings)
    : OptimizerObject("LossScaleOptimizer", 0.0, own_options(inner, settings)),
      inner_(inner),
      settings_(settings),
      state_(std::make_shared<State>()) {
  if (as_loss_scale(inner)) {
    throw TypeError("LossScaleOptimizer cannot wrap another LossScaleOptimizer, but got: " + inner->name());
  }
  if (settings_.dynamic) {
    scale_ = std::make_shared<VariableNode>("", Tensor::scalar(static_cast<float>(settings_.initial_scale)), false);
    counter_ = std::make_shared<VariableNode>("", Tensor::scalar(std::int64_t{0}), false);
    state_->add_edge("current_loss_scale", scale_);
    state_->add_edge("good_steps", counter_);
  }
  generation_changed();
}
LossScaleObject::~LossScaleObject() = default;

std::shared_ptr<LossScaleObject> as_loss_scale(const Optimizer& optimizer) {
  return std::dynamic_pointer_cast<LossScaleObject>(optimizer.ptr());
}

const std::string& LossScaleObject::class_name() const {
  return generation() == OptimizerGeneration::modern ? kModernName : OptimizerObject::class_name();
}

void LossScaleObject::follow(Target target) {
  inner_->follow(target);
  if (inner_->generation() != generation()) set_generation(inner_->generation());
}

void LossScaleObject::generation_changed() {
  if (generation() != OptimizerGeneration::legacy && settings_.multiplier != 2.0) {
    throw ValueError("Cannot deserialize LossScaleOptimizer with a DynamicLossScale whose multiplier is not 2. Got " +
                     Config(settings_.multiplier).dump() + ", which tf.keras 2.2 alone has.");
  }
  if (is_keras3()) {
    if (!settings_.dynamic) {
      throw ValueError(
          "LossScaleOptimizer no longer supports `dynamic=False`. Instead, simply set `loss_scale_factor` directly on "
          "the `inner_optimizer`.");
    }
    inner_->set_loss_scale_factor(std::nullopt);  // or gradients would be scaled twice
  }
  rename_own();
}

void LossScaleObject::rename_own() {
  if (!scale_) return;
  scale_->rename(is_keras3() ? name() + "/dynamic_scale" : "current_loss_scale");
  counter_->rename(is_keras3() ? name() + "/step_counter" : "good_steps");
}

// Of the Keras that is at work: 2.2 clips before the step is left out or made, and so not at all.
void LossScaleObject::check_inner() const {
  if (generation() != OptimizerGeneration::legacy || current_target() != Target::tf22) return;
  const auto& o = inner_->options();
  for (const auto& [key, value] : {std::pair{"clipnorm", o.clipnorm}, std::pair{"clipvalue", o.clipvalue}}) {
    if (!value) continue;
    throw ValueError("LossScaleOptimizer does not support wrapping optimizers with a " + std::string(key) +
                     ". Optimizer " + inner_->name() + " has " + key + " " + Config(*value).dump());
  }
  if (!settings_.dynamic && settings_.initial_scale < 1) throw ValueError("loss_scale_value must be at least 1.");
}

void LossScaleObject::set_learning_rate_dtype(DType dtype) {
  inner_->set_learning_rate_dtype(dtype);
  OptimizerObject::set_learning_rate_dtype(dtype);
}

void LossScaleObject::exclude_from_weight_decay(const std::vector<Variable>& variables,
                                                const std::vector<std::string>& names) {
  inner_->exclude_from_weight_decay(variables, names);
}

// ---- state ----
void LossScaleObject::build(const std::vector<Variable>& variables) {
  if (built()) return;
  check_inner();
  const bool was_built = inner_->built();
  const auto before = inner_->variables();
  inner_->build(variables);
  // Keras 3 makes the slots within the scope of this one's name.
  if (is_keras3() && !was_built) {
    for (const auto& variable : inner_->variables()) {
      if (std::ranges::find(before, variable) == before.end()) variable->rename(name() + "/" + variable->path());
    }
  }
  OptimizerObject::build(variables);
}

std::vector<Variable> LossScaleObject::variables() const {
  const auto within = inner_->variables();
  if (!is_keras3()) return within;
  auto all = OptimizerObject::variables();
  if (built()) all.insert(all.end(), {counter_, scale_});
  all.insert(all.end(), within.begin(), within.end());
  return all;
}

std::vector<Variable> LossScaleObject::all_state() const {
  auto all = inner_->all_state();
  if (is_keras3()) {
    const auto own = OptimizerObject::variables();
    all.insert(all.end(), own.begin(), own.end());
  }
  if (scale_) all.insert(all.end(), {counter_, scale_});
  return all;
}

void LossScaleObject::set_weights(const std::vector<Tensor>& values) {
  if (!is_keras3()) return inner_->set_weights(values);
  const auto own = variables().size() - inner_->variables().size();
  OptimizerObject::set_weights(values);  // all of them, if all fit
  inner_->set_weights({values.begin() + static_cast<std::ptrdiff_t>(own), values.end()});
}

Variable LossScaleObject::slot(const Variable& variable, const std::string& name) const {
  return inner_->slot(variable, name);
}

// ---- checkpoints ----
// 2.2 has the optimizer within as a child; since 2.4 the wrapper is in its place, with the scale beside its state.
std::vector<Trackable::Edge> LossScaleObject::checkpoint_children(Target target) const {
  const bool legacy = generation() == OptimizerGeneration::legacy;
  slots_are_own_ = legacy && target != Target::tf22;
  if (legacy && target == Target::tf22) return {{"base_optimizer", inner_.ptr()}, {"loss_scale", state_}};
  if (is_keras3()) {
    auto children = OptimizerObject::checkpoint_children(target);
    auto own = OptimizerObject::variables();
    if (built()) own.insert(own.end(), {counter_, scale_});
    const auto list = std::make_shared<TrackableChildren>();
    for (std::size_t i = 0; i < own.size(); ++i) list->add_edge(std::to_string(i), own[i]);
    children[0].child = list;  // "_variables"
    children.push_back({"inner_optimizer", inner_.ptr()});
    if (built()) children.insert(children.end(), {{"step_counter", counter_}, {"dynamic_scale", scale_}});
    return children;
  }
  auto children = inner_->checkpoint_children(target);
  // What was tracked when it was made.
  const auto at = legacy ? children.begin() : children.begin() + 3;
  if (settings_.dynamic) children.insert(at, {"loss_scale", state_});
  return children;
}

std::vector<Trackable::Slot> LossScaleObject::checkpoint_slots() const {
  return slots_are_own_ ? inner_->checkpoint_slots() : std::vector<Slot>();
}

// ---- made by a call ----
Optimizer optimizers::LossScaleOptimizer(const Optimizer& inner_optimizer, const LossScaleOptimizerOptions& o) {
  if (!o.dynamic && !o.initial_scale) throw ValueError("\"initial_scale\" must be specified if \"dynamic\" is False");
  if (!o.dynamic && o.dynamic_growth_steps) {
    throw ValueError("\"dynamic_growth_steps\" must be None if \"dynamic\" is False, but got: " +
                     std::to_string(*o.dynamic_growth_steps));
  }
  LossScaleObject::Settings settings;
  settings.dynamic = o.dynamic;
  settings.initial_scale = o.initial_scale.value_or(settings.initial_scale);
  settings.dynamic_growth_steps = o.dynamic_growth_steps.value_or(settings.dynamic_growth_steps);
  settings.multiplier = o.multiplier;
  settings.name = o.name;
  return std::make_shared<LossScaleObject>(inner_optimizer, settings);
}

}  // namespace hornbeam
