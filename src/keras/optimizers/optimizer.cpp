// What optimizers are: settings, state, configs. How they step: step.cpp.
#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/engine/overwritten.h"
#include "keras/optimizers/eager_steps.h"
#include "tensor/recorder.h"

namespace hornbeam {
namespace {

std::string number_text(double value) { return Config(value).dump(); }

// Kerases differ in what they take together, and in the words. A norm below zero is none but in legacy optimizers.
void check_clips(const OptimizerOptions& o, OptimizerGeneration generation) {
  const auto text = [](const std::optional<double>& value) { return value ? number_text(*value) : "None"; };
  if (generation == OptimizerGeneration::keras3) {
    if (o.clipnorm.has_value() + o.clipvalue.has_value() + o.global_clipnorm.has_value() < 2) return;
    throw ValueError(
        "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: clipnorm=" + text(o.clipnorm) +
        ", clipvalue=" + text(o.clipvalue) + ", global_clipnorm=" + text(o.global_clipnorm));
  }
  if (generation == OptimizerGeneration::legacy) {
    for (const auto& [key, value] : {std::pair{"clipnorm", o.clipnorm}, std::pair{"clipvalue", o.clipvalue},
                                     std::pair{"global_clipnorm", o.global_clipnorm}}) {
      if (value && *value < 0) {
        throw ValueError("Expected " + std::string(key) + " >= 0, received: " + number_text(*value));
      }
    }
  }
  if (!o.clipnorm || !o.global_clipnorm) return;
  if (generation == OptimizerGeneration::legacy) {
    throw ValueError("Cannot accept both `clipnorm` and `global_clipnorm`. Received: `clipnorm`=" + text(o.clipnorm) +
                     ", `global_clipnorm`=" + text(o.global_clipnorm) + ".");
  }
  throw ValueError("At most one of `clipnorm` and `global_clipnorm` can be set. Received: clipnorm=" +
                   text(o.clipnorm) + ", global_clipnorm=" + text(o.global_clipnorm) + ".");
}

void check_options(const OptimizerOptions& o, OptimizerGeneration generation) {
  if (o.decay < 0) throw ValueError("Expected decay >= 0, received: " + number_text(o.decay));
  check_clips(o, generation);
  const auto steps = o.gradient_accumulation_steps.value_or(0);
  if (steps != 0 && steps < 2) {
    throw ValueError("`gradient_accumulation_steps` must be an integer >= 2. Received: gradient_accumulation_steps=" +
                     std::to_string(steps));
  }
  if (!o.use_ema) return;
  if (o.ema_momentum > 1 || o.ema_momentum < 0) {
    throw ValueError("`ema_momentum` must be in the range [0, 1]. Received: ema_momentum=" +
                     number_text(o.ema_momentum));
  }
  if (o.ema_overwrite_frequency.value_or(0) < 0) {
    const auto* least = generation == OptimizerGeneration::keras3 ? ">= 1" : "> 1";
    throw ValueError("`ema_overwrite_frequency` must be an integer " + std::string(least) +
                     " or None. Received: ema_overwrite_frequency=" + std::to_string(*o.ema_overwrite_frequency));
  }
}

Tensor float_scalar(double value) {
  const auto dtype = dtype_from_name(backend::floatx());
  return ops::scalar(dtype, value);
}

std::string with_underscores(std::string path) {
  std::ranges::replace(path, '/', '_');
  return path;
}

}  // namespace

OptimizerObject::OptimizerObject(const char* class_name, const LearningRate& learning_rate,
                                 const OptimizerOptions& options)
    : class_name_(class_name),
      options_(options),
      generation_(options.generation.value_or(generation_for(current_target()))),
      schedule_(learning_rate.schedule()),
      given_learning_rate_(schedule_ ? schedule_.at(0) : learning_rate.value()) {
  check_options(options_, generation_);
  if (options_.gradient_accumulation_steps == 0) options_.gradient_accumulation_steps.reset();  // as Keras takes it
  iterations_ = std::make_shared<VariableNode>("", Tensor::scalar(std::int64_t{0}), /*trainable=*/false);
  learning_rate_ = std::make_shared<VariableNode>("", float_scalar(given_learning_rate_), /*trainable=*/false);
  rename_variables();
}
OptimizerObject::~OptimizerObject() = default;

double OptimizerObject::current_learning_rate() const {
  const RecorderScope eager(nullptr);  // also inside a trace
  if (schedule_) return schedule_.at(iterations_->value().item<std::int64_t>());
  return ops::cast(learning_rate_->value(), DType::float64).item<double>();
}

void OptimizerObject::set_learning_rate(double value) {
  if (schedule_) {
    throw TypeError(
        "This optimizer was created with a `LearningRateSchedule` object as its `learning_rate` constructor argument, "
        "hence its learning rate is not settable. If you need the learning rate to be settable, you should instantiate "
        "the optimizer with a float `learning_rate` argument.");
  }
  given_learning_rate_ = value;
  learning_rate_->assign(ops::cast(float_scalar(value), learning_rate_->dtype()));
}

void OptimizerObject::set_loss_scale_factor(std::optional<double> factor) {
  options_.loss_scale_factor = factor;
  ++settings_version_;
}

// ---- state ----
OptimizerObject::SlotStart OptimizerObject::slot_start(const Variable& variable, const SlotName& slot) const {
  if (slot.initial == 0.0) return {Tensor::zeros(variable->dtype(), variable->shape())};
  return {ops::fill(variable->shape(), ops::scalar(variable->dtype(), slot.initial))};
}

Variable OptimizerObject::new_slot(const Variable& variable, const SlotName& slot, SlotStart start) const {
  const auto path = variable->path();
  const std::string role = slot.in(generation_);
  auto full = std::move(start.path);
  if (full.empty()) {
    switch (generation_) {
      case OptimizerGeneration::legacy:
        full = name() + "/" + path + "/" + role;
        break;
      case OptimizerGeneration::modern:
        full = name() + "/" + role + "/" + path;
        break;
      case OptimizerGeneration::keras3:
        full = name() + "/" + with_underscores(path) + "_" + role;
        break;
    }
  }
  return std::make_shared<VariableNode>(std::move(full), std::move(start.value), /*trainable=*/false);
}

void OptimizerObject::add_slot(std::size_t i, const SlotName& slot) {
  auto start = slot_start(model_variables_[i], slot);
  const bool exists = start.value.defined(), listed = start.listed;
  slots_[i].push_back(exists ? new_slot(model_variables_[i], slot, std::move(start)) : nullptr);
  if (exists && listed) state_.push_back(slots_[i].back());
}

void OptimizerObject::make_shared() {
  const auto slot = shared_slot();
  if (!slot) return;
  const auto dtype = model_variables_.empty() ? dtype_from_name(backend::floatx()) : model_variables_[0]->dtype();
  const auto prefix = generation_ == OptimizerGeneration::modern ? "" : name() + "/";
  shared_ = std::make_shared<VariableNode>(prefix + slot->name.in(generation_), ops::scalar(dtype, slot->name.initial),
                                           /*trainable=*/false);
  if (generation_ == OptimizerGeneration::legacy) state_.insert(state_.begin(), shared_);
  if (generation_ == OptimizerGeneration::keras3) state_.push_back(shared_);
}

void OptimizerObject::build(const std::vector<Variable>& given) {
  if (built_) return;
  const auto variables = without_overwritten(given);
  const RecorderScope eager(nullptr);  // also inside a trace
  if (options_.use_ema && generation_ == OptimizerGeneration::legacy) {
    throw ValueError("legacy optimizers (tf.keras 2.2's) keep no moving averages: use_ema needs a newer generation");
  }
  model_variables_ = variables;
  slots_.assign(variables.size(), {});
  for (std::size_t i = 0; i < variables.size(); ++i) indices_[variables[i].get()] = i;
  if (options_.use_ema) {
    for (const auto& variable : variables) {
      const SlotName role{"average", "average", "average"};
      const bool copied = generation_ == OptimizerGeneration::modern;
      averages_.push_back(new_slot(
          variable, role, copied ? SlotStart{variable->value()} : OptimizerObject::slot_start(variable, role)));
      state_.push_back(averages_.back());
    }
  }
  if (options_.gradient_accumulation_steps) {
    for (const auto& variable : variables) {
      const SlotName role{"gradient_accumulator", "gradient_accumulator", "gradient_accumulator"};
      accumulators_.push_back(new_slot(variable, role, OptimizerObject::slot_start(variable, role)));
      state_.push_back(accumulators_.back());
    }
  }
  for (const auto& group : slot_groups()) {
    for (std::size_t i = 0; i < variables.size(); ++i) {
      for (const auto& slot : group) add_slot(i, slot);
    }
  }
  make_shared();
  built_ = true;
  note_children_changed();
}

std::size_t OptimizerObject::index_of(const Variable& variable) const {
  if (const auto it = indices_.find(variable.get()); it != indices_.end()) return it->second;
  throw ValueError("Unknown variable: " + variable->name() +
                   ". This optimizer can only be called for the variables it was originally built with. When working "
                   "with a new set of variables, you should recreate a new optimizer instance.");
}

Variable OptimizerObject::slot(const Variable& variable, const std::string& wanted) const {
  const auto it = indices_.find(variable.get());
  if (it == indices_.end()) return nullptr;
  std::size_t at = 0;
  for (const auto& group : slot_groups()) {
    for (const auto& name : group) {
      if (wanted == name.in(generation_)) return slots_[it->second][at];
      ++at;
    }
  }
  return wanted == "average" && !averages_.empty() ? averages_[it->second] : nullptr;
}

std::vector<Variable> OptimizerObject::variables() const {
  std::vector<Variable> all{iterations_};
  if (generation_ == OptimizerGeneration::keras3 && !schedule_) all.push_back(learning_rate_);
  all.insert(all.end(), state_.begin(), state_.end());
  return all;
}

std::vector<Variable> OptimizerObject::all_state() const {
  auto all = variables();
  for (const auto& more : {learning_rate_, shared_}) {
    if (more && std::ranges::find(all, more) == all.end()) all.push_back(more);
  }
  return all;
}

std::vector<Tensor> OptimizerObject::get_weights() const {
  std::vector<Tensor> values;
  for (const auto& variable : variables()) values.push_back(variable->value());
  return values;
}

void OptimizerObject::set_weights(const std::vector<Tensor>& given) {
  const auto weights = variables();
  const auto values = adapt(given);
  if (weights.size() != values.size()) {
    throw ValueError("You called `set_weights(weights)` on optimizer " + name() + " with a  weight list of length " +
                     std::to_string(values.size()) + ", but the optimizer was expecting " +
                     std::to_string(weights.size()) + " weights.");
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (values[i].shape() != weights[i]->shape()) {
      throw ValueError("Optimizer weight shape " + weights[i]->shape().to_string() +
                       " not compatible with provided weight shape " + values[i].shape().to_string());
    }
  }
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i]->assign(ops::cast(values[i], weights[i]->dtype()));
  state_assigned(generation_ != OptimizerGeneration::modern);
}

// ---- settings ----
void OptimizerObject::set_learning_rate_dtype(DType dtype) {
  if (dtype == learning_rate_->dtype()) return;
  learning_rate_ =
      std::make_shared<VariableNode>(learning_rate_->path(), ops::cast(learning_rate_->value(), dtype), false);
  ++settings_version_;  // a compiled step reads the variable that was
}

Tensor OptimizerObject::setting(double value, DType dtype) {
  return ops::scalar(dtype, static_cast<double>(static_cast<float>(value)));
}

Tensor OptimizerObject::scale_loss(const Tensor& loss) const {
  return options_.loss_scale_factor ? loss * *options_.loss_scale_factor : loss;
}

std::int64_t OptimizerObject::ema_overwrite_frequency() const {
  return options_.ema_overwrite_frequency.value_or(default_ema_overwrite_frequency());
}

}  // namespace hornbeam
