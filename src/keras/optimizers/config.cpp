// Optimizers in the configs of each generation, and from one generation to another.
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/optimizers/registry.h"

namespace hornbeam {
namespace {

template <class T>
Config optional_config(const std::optional<T>& value) {
  if (value) return *value;
  return {};
}

Config frequency_config(std::int64_t frequency) {
  if (frequency > 0) return frequency;
  return {};
}

[[noreturn]] void refuse(const std::string& what, OptimizerGeneration generation) {
  throw ValueError(std::string("the ") + name_of(generation) + " optimizers have no " + what +
                   "; keep the optimizer's own generation (save for another target)");
}

// Legacy optimizers clip in one way after the other, and to 0 when asked to; others in the first way that is above 0.
void check_same_clipping(const OptimizerOptions& o) {
  int ways = 0;
  for (const auto& value : {o.clipnorm, o.clipvalue, o.global_clipnorm}) {
    if (!value) continue;
    ++ways;
    if (*value > 0 && ways < 2) continue;
    throw ValueError(
        "legacy optimizers clip gradients in several ways one after the other, and to 0 when asked to, others do not: "
        "the optimizer cannot be converted; save for a target of its own generation, or without the optimizer.");
  }
}

}  // namespace

Config OptimizerObject::get_config(OptimizerGeneration generation) const {
  const_cast<OptimizerObject*>(this)->settings_version();  // a restored checkpoint may have changed settings
  const auto& o = options_;
  const bool legacy = generation == OptimizerGeneration::legacy, keras3 = generation == OptimizerGeneration::keras3;
  if (generation < first_generation_) refuse(class_name_, generation);
  if (legacy && o.weight_decay) refuse("weight_decay", generation);
  if (legacy && o.use_ema) refuse("moving averages (use_ema)", generation);
  if (!legacy && o.decay != 0 && decay_is_of_rate()) refuse("learning rate decay", generation);
  if (!keras3 && o.loss_scale_factor) refuse("loss_scale_factor", generation);
  if (!keras3 && o.gradient_accumulation_steps) refuse("gradient_accumulation_steps", generation);

  // Legacy numbers become float32 with the first step; in 2.15 decay alone is told as it was given.
  const bool rounded = legacy && built_;
  const auto decay = rounded_number(o.decay, rounded && current_target() == Target::tf22);
  auto rate = schedule_.to_config(generation);
  if (!schedule_) {
    const auto now = ops::cast(learning_rate_->value(), DType::float64).item<double>();
    rate = legacy && !built_ ? given_learning_rate_ : now;
  }
  const auto frequency = ema_overwrite_frequency();

  auto config = Config::dict();
  config.set("name", name_in(generation));
  if (legacy) {
    for (const auto& [key, value] : {std::pair{"clipnorm", o.clipnorm}, std::pair{"clipvalue", o.clipvalue},
                                     std::pair{"global_clipnorm", o.global_clipnorm}}) {
      if (value) config.set(key, *value);
    }
    config.set("learning_rate", rate).set("decay", decay);
  } else {
    if (keras3) config.set("learning_rate", rate);
    config.set("weight_decay", optional_config(o.weight_decay))
        .set("clipnorm", optional_config(o.clipnorm))
        .set("global_clipnorm", optional_config(o.global_clipnorm))
        .set("clipvalue", optional_config(o.clipvalue))
        .set("use_ema", o.use_ema)
        .set("ema_momentum", o.ema_momentum)
        .set("ema_overwrite_frequency", frequency_config(frequency));
    if (keras3) {
      config.set("loss_scale_factor", optional_config(o.loss_scale_factor))
          .set("gradient_accumulation_steps", optional_config(o.gradient_accumulation_steps));
    } else {
      config.set("jit_compile", false).set("is_legacy_optimizer", false).set("learning_rate", rate);
    }
  }
  add_settings(config, generation, rounded);
  return config;
}

Config OptimizerObject::to_config() const {
  const auto name = generation_ == OptimizerGeneration::modern ? "Custom>" + class_name_ : class_name_;
  return Config{{"class_name", name}, {"config", get_config()}};
}

Optimizer OptimizerObject::converted(OptimizerGeneration generation, std::vector<std::string>* notes) const {
  check_same_arithmetic(generation);
  const auto legacy = OptimizerGeneration::legacy;
  if (generation != generation_ && (generation == legacy || generation_ == legacy)) check_same_clipping(options_);
  auto config = get_config(generation);
  if (generation == OptimizerGeneration::legacy) config.set("is_legacy_optimizer", true);
  // Nadam's is not read under the name that it is written under, as in Keras.
  if (generation == OptimizerGeneration::legacy && !decay_is_of_rate()) config.set("schedule_decay", options_.decay);
  auto other = Optimizer::from_config(Config{{"class_name", class_name_}, {"config", std::move(config)}});
  other->iterations_->assign(iterations_->value());
  other->learning_rate_->assign(ops::cast(learning_rate_->value(), other->learning_rate_->dtype()));
  if (notes && generation != generation_) {
    notes->push_back("optimizer " + class_name_ + ": state and settings in the layout of " + name_of(generation) +
                     " optimizers instead of " + name_of(generation_));
  }
  other->undecayed_ = undecayed_;
  other->undecayed_names_ = undecayed_names_;
  if (!built_) return other;
  other->build(model_variables_);
  for (std::size_t i = 0; i < model_variables_.size(); ++i) {
    // By the role that the old name says; a slot that the other lacks was not used, one that this lacks stays zero.
    std::map<std::string, Variable> by_role;
    std::size_t at = 0;
    for (const auto& group : slot_groups()) {
      for (const auto& slot : group) by_role[slot.legacy] = slots_[i][at++];
    }
    at = 0;
    for (const auto& group : other->slot_groups()) {
      for (const auto& slot : group) {
        const auto& to = other->slots_[i][at++];
        const auto it = by_role.find(slot.legacy);
        if (to && it != by_role.end() && it->second) to->assign(it->second->value());
      }
    }
    if (!averages_.empty()) other->averages_[i]->assign(averages_[i]->value());
    if (!accumulators_.empty()) other->accumulators_[i]->assign(accumulators_[i]->value());
  }
  if (shared_ && other->shared_) other->shared_->assign(shared_->value());
  return other;
}

}  // namespace hornbeam
