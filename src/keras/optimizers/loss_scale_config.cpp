// LossScaleOptimizer in the configs of each Keras, and from one generation to another.
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/v3_form.h"

namespace hornbeam {

// 2.2's
Config LossScaleObject::scale_config() const {
  if (!settings_.dynamic) {
    return Config{{"class_name", "FixedLossScale"},
                  {"config", Config::Dict{{"loss_scale_value", settings_.initial_scale}}}};
  }
  return Config{{"class_name", "DynamicLossScale"},
                {"config", Config::Dict{{"initial_loss_scale", settings_.initial_scale},
                                        {"increment_period", settings_.dynamic_growth_steps},
                                        {"multiplier", settings_.multiplier}}}};
}

Config LossScaleObject::get_config(OptimizerGeneration generation) const {
  if (generation == OptimizerGeneration::legacy && current_target() == Target::tf22) {
    check_inner();
    const Config inner{{"class_name", inner_->class_name()}, {"config", inner_->get_config(generation)}};
    return Config{{"optimizer", inner}, {"loss_scale", scale_config()}};
  }
  if (settings_.multiplier != 2.0) {
    throw ValueError("Cannot deserialize LossScaleOptimizer with a DynamicLossScale whose multiplier is not 2 (here " +
                     Config(settings_.multiplier).dump() + "): tf.keras 2.2 alone has it; save for that");
  }
  auto config = Config::dict();
  if (generation == OptimizerGeneration::keras3) config.set("name", name());
  config.set("inner_optimizer", v3_optimizer(*inner_, generation));
  if (generation != OptimizerGeneration::keras3) config.set("dynamic", settings_.dynamic);
  config.set("initial_scale", settings_.initial_scale);
  return config.set("dynamic_growth_steps", settings_.dynamic ? Config(settings_.dynamic_growth_steps) : Config());
}

Config LossScaleObject::to_config() const { return Config{{"class_name", class_name()}, {"config", get_config()}}; }

Optimizer LossScaleObject::converted(OptimizerGeneration generation, std::vector<std::string>* notes) const {
  const auto inner = inner_->converted(generation, notes);
  if (generation == OptimizerGeneration::keras3 && !settings_.dynamic) {
    inner->set_loss_scale_factor(settings_.initial_scale);
    if (notes) {
      notes->push_back(
          "optimizer LossScaleOptimizer: its scale is fixed, so in Keras 3 it is the loss_scale_factor of " +
          inner->class_name());
    }
    return inner;
  }
  auto other = std::make_shared<LossScaleObject>(inner, settings_);
  if (scale_) {
    other->scale_->assign(scale_->value());
    other->counter_->assign(counter_->value());
  }
  if (built()) other->build(built_for());
  return other;
}

namespace {

void read_loss_scale(const Config& given, optimizers::LossScaleOptimizerOptions& o) {
  if (given.is_number()) {
    o.dynamic = false;
    o.initial_scale = given.as_double();
    return;
  }
  if (given.is_string() && given.as_string() == "dynamic") return;
  const auto form = read_object_form(given, "loss scale");
  ObjectArguments a(*form.config, form.class_name);
  if (form.class_name == "FixedLossScale") {
    o.dynamic = false;
    o.initial_scale = a.number("loss_scale_value", 0);
  } else if (form.class_name == "DynamicLossScale") {
    o.initial_scale = a.number("initial_loss_scale", 32768.0);
    o.dynamic_growth_steps = a.integer("increment_period", 2000);
    o.multiplier = a.number("multiplier", 2.0);
  } else {
    throw ValueError(
        "Serialized LossScaleOptimizers with a LossScale that is neither a FixedLossScale nor a DynamicLossScale can "
        "no "
        "longer be deserialized");
  }
  a.finish();
}

// Old files of Keras 3 have these, with their defaults.
void check_unset(const OptimizerOptions& common) {
  const std::pair<const char*, bool> given[] = {
      {"weight_decay", common.weight_decay.has_value()},
      {"clipnorm", common.clipnorm.has_value()},
      {"global_clipnorm", common.global_clipnorm.has_value()},
      {"clipvalue", common.clipvalue.has_value()},
      {"use_ema", common.use_ema},
      {"loss_scale_factor", common.loss_scale_factor.has_value()},
      {"gradient_accumulation_steps", common.gradient_accumulation_steps.has_value()}};
  for (const auto& [key, is_set] : given) {
    if (!is_set) continue;
    throw ValueError("LossScaleOptimizer does not support `" + std::string(key) + "`. Instead, set `" + key +
                     "` on the `inner_optimizer`.");
  }
}

OptimizerPointer make_loss_scale(ObjectArguments& a, const OptimizerOptions& common) {
  check_unset(common);
  optimizers::LossScaleOptimizerOptions o;
  o.name = common.name;
  auto inner = a.value("inner_optimizer");
  if (inner.is_null()) inner = a.value("optimizer");
  if (a.has("loss_scale")) {
    read_loss_scale(a.value("loss_scale"), o);
  } else {
    o.dynamic = flag_from(a, "dynamic", true);
    if (const auto scale = a.value("initial_scale"); !scale.is_null()) o.initial_scale = scale.as_double();
    if (const auto steps = a.value("dynamic_growth_steps"); !steps.is_null()) o.dynamic_growth_steps = steps.as_int();
  }
  return optimizers::LossScaleOptimizer(Optimizer::from_config(inner), o).ptr();
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(optimizer_loss_scale) {
  hornbeam::register_optimizer("LossScaleOptimizer", hornbeam::make_loss_scale);
  hornbeam::register_optimizer("LossScaleOptimizerV1", hornbeam::make_loss_scale);  // of 2.3 and before
  hornbeam::register_optimizer("LossScaleOptimizerV3", hornbeam::make_loss_scale);
}
