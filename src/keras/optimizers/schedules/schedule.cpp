#include "keras/optimizers/schedules/schedule.h"

#include <cmath>

#include "hornbeam/ops.hpp"
#include "keras/serialization/fill_registries.h"
#include "tensor/recorder.h"

namespace hornbeam {
namespace {

std::map<std::string, ScheduleMaker, std::less<>>& schedule_makers() {
  static std::map<std::string, ScheduleMaker, std::less<>> makers;
  return makers;
}

// Those without a public name in 2.15 are written under their own.
constexpr std::string_view kPrivateModule = "keras.src.optimizers.schedules.learning_rate_schedule";
bool is_private(const std::string& class_name) { return class_name.ends_with("LinearCosineDecay"); }
bool names_private(const ObjectForm& form) {
  return is_private(form.class_name) && form.registered_name == form.class_name &&
         form.module.ends_with(kPrivateModule);  // tf-keras's begins with "tf_"
}

// Whole numbers above this are written as floats.
constexpr double kExactInts = 9007199254740992.0;

}  // namespace

BuiltinSchedule::BuiltinSchedule(const char* class_name, const char* default_name, Config settings)
    : class_name_(class_name), default_name_(default_name), settings_(std::move(settings)) {}

Config BuiltinSchedule::get_config(OptimizerGeneration generation) const {
  auto config = settings_;
  auto& name = *config.find("name");
  if (generation == OptimizerGeneration::keras3) {
    if (name.is_null()) name = default_name_;
  } else if (name.is_string() && name.as_string() == default_name_) {
    name = Config();
  }
  return config;
}

double BuiltinSchedule::number(const char* key) const {
  const auto& value = settings_.at(key);
  if (!value.is_number()) {
    throw TypeError(class_name_ + ": the value of '" + key + "' cannot be used: " + brief(value) +
                    " (a number is expected)");
  }
  return value.as_double();
}

void BuiltinSchedule::check_steps(const char* key) const {
  // Also of NaN.
  if (number(key) > 0) return;
  throw ValueError("Argument `" + std::string(key) + "` must be > 0. Received: " + key + "=" +
                   settings_.at(key).dump());
}

Tensor BuiltinSchedule::scalar(double value) { return ops::scalar(DType::float32, value); }
Tensor BuiltinSchedule::scalar(const char* key) const { return scalar(number(key)); }
Tensor BuiltinSchedule::progress(const Tensor& step) { return ops::cast(step, DType::float32); }

Tensor BuiltinSchedule::share(const Tensor& steps, double length) {
  const auto divisor = static_cast<float>(length);
  return steps.recorder() ? steps * scalar(1.0F / divisor) : steps / scalar(divisor);
}

void register_schedule(const char* class_name, ScheduleMaker make) { schedule_makers().emplace(class_name, make); }

Config required(ObjectArguments& arguments, const char* key) {
  auto value = arguments.value(key);
  if (value.is_null()) throw TypeError(std::string("__init__() missing 1 required positional argument: '") + key + "'");
  return value;
}

Config steps_config(double steps) {
  if (std::trunc(steps) == steps && std::abs(steps) < kExactInts) return static_cast<std::int64_t>(steps);
  return steps;
}

Config name_config(const std::optional<std::string>& name) { return name ? Config(*name) : Config(); }

double LearningRateSchedule::at(std::int64_t step) const {
  const RecorderScope eager(nullptr);  // also inside a trace
  return ops::cast((*object_)(Tensor::scalar(step)), DType::float64).item<double>();
}

Config LearningRateSchedule::to_config(OptimizerGeneration generation) const {
  if (!object_) return {};
  auto config = object_->get_config(generation);
  // 2.15's legacy optimizers write the form that its other ones do.
  if (generation == OptimizerGeneration::legacy && current_target() == Target::tf22) {
    return Config{{"class_name", object_->class_name()}, {"config", std::move(config)}};
  }
  const auto name = object_->class_name();
  if (object_->is_builtin() && is_private(name)) {
    return v3_object(name, std::move(config), std::string(kPrivateModule).c_str()).set("registered_name", name);
  }
  return v3_object(name, std::move(config), object_->is_builtin() ? "keras.optimizers.schedules" : nullptr);
}

LearningRateSchedule LearningRateSchedule::from_config(const Config& config) {
  if (config.is_null()) return {};
  const auto form = read_object_form(config, "decay");
  if (const auto* custom = find_custom<LearningRateScheduleFactory>(form, "learning rate schedule")) {
    return custom->make(*form.config);
  }
  fill_registries();
  const auto it = schedule_makers().find(form.class_name);
  if ((form.may_be_builtin() || names_private(form)) && it != schedule_makers().end()) {
    ObjectArguments arguments(*form.config, form.class_name);
    auto made = it->second(arguments);
    arguments.finish();
    return made;
  }
  if (const auto* custom = find_custom_last<LearningRateScheduleFactory>(form.class_name)) {
    return custom->make(*form.config);
  }
  throw_unknown_object("decay", form.registered_name.empty() ? form.class_name : form.registered_name);
}

}  // namespace hornbeam
