#include "keras/optimizers/registry.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "keras/serialization/dialect.h"
#include "keras/serialization/fill_registries.h"

namespace hornbeam {
namespace {

// Keras's wrapper of TensorFlow 1's optimizers, in lower case.
constexpr std::string_view kNotYet = "tfoptimizer";

std::map<std::string, OptimizerMaker, std::less<>>& makers() {
  static std::map<std::string, OptimizerMaker, std::less<>> m;
  return m;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// 2.15's H5 files say "Custom>Adam" of its newer optimizers.
constexpr std::string_view kCustom = "Custom>";

std::optional<OptimizerGeneration> said_generation(const std::string& class_name, const Config& config) {
  if (const auto* legacy = config.find("is_legacy_optimizer"); legacy && legacy->is_bool()) {
    return legacy->as_bool() ? OptimizerGeneration::legacy : OptimizerGeneration::modern;
  }
  if (config.has("loss_scale_factor") || config.has("gradient_accumulation_steps")) return OptimizerGeneration::keras3;
  if (class_name.starts_with(kCustom) || config.has("jit_compile")) return OptimizerGeneration::modern;
  if (config.size() == 0) return std::nullopt;
  if (config.has("use_ema") || current_generation() == Generation::keras3) return OptimizerGeneration::keras3;
  return OptimizerGeneration::legacy;
}

bool says_something(const Config* value) {
  return value && !value->is_null() && !(value->is_bool() && !value->as_bool());
}

// Others are of a newer generation, whatever a config says.
bool is_legacy_class(const std::string& class_name) {
  static const std::set<std::string> kClasses = {"adadelta", "adagrad", "adam",    "adamax",
                                                 "ftrl",     "nadam",   "rmsprop", "sgd"};
  return kClasses.contains(lower(class_name));
}

// What other generations alone take.
std::vector<const char*> not_taken(OptimizerGeneration generation) {
  switch (generation) {
    case OptimizerGeneration::legacy:
      return {"weight_decay",      "use_ema",
              "ema_momentum",      "ema_overwrite_frequency",
              "loss_scale_factor", "gradient_accumulation_steps",
              "jit_compile"};
    case OptimizerGeneration::modern:
      return {"schedule_decay", "loss_scale_factor", "gradient_accumulation_steps"};
    case OptimizerGeneration::keras3:
      break;
  }
  return {"schedule_decay", "lr"};
}

std::optional<double> optional_number(ObjectArguments& a, const char* key) {
  const auto value = a.value(key);
  return value.is_null() ? std::nullopt : std::optional(value.as_double());
}

// In the words of the Keras whose optimizer it is.
[[noreturn]] void refuse_unknown(const std::string& key, const Config& value, OptimizerGeneration generation) {
  switch (generation) {
    case OptimizerGeneration::keras3:
      throw ValueError("Argument(s) not recognized: {'" + key + "': " + brief(value) + "}");
    case OptimizerGeneration::modern:
      throw TypeError(key +
                      " is not a valid argument, kwargs should be empty  for `optimizer_experimental.Optimizer`.");
    case OptimizerGeneration::legacy:
      break;
  }
  throw TypeError("Unexpected keyword argument passed to optimizer: " + key);
}

// What Keras 3 alone is strict about: no whole numbers either.
void check_rate(const Config& config) {
  const auto* rate = config.find("learning_rate");
  if (!rate || rate->is_null() || rate->is_float() || (rate->is_dict() && rate->has("class_name"))) return;
  auto said = rate->is_string() ? rate->as_string() : brief(*rate);
  if (rate->is_bool()) said = rate->as_bool() ? "True" : "False";
  throw ValueError(
      "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, or a callable (that takes in "
      "the current iteration value and returns the corresponding learning rate value). Received instead: "
      "learning_rate=" +
      said);
}

// The arguments that each generation takes otherwise.
void check_common(const Config& config, const std::string& class_name, OptimizerGeneration generation) {
  const bool keras3 = generation == OptimizerGeneration::keras3;
  if (generation != OptimizerGeneration::legacy || is_legacy_class(class_name)) {
    for (const auto* key : not_taken(generation)) {
      if (const auto* value = config.find(key); says_something(value)) refuse_unknown(key, *value, generation);
    }
  }
  if (const auto* name = config.find("name"); name && !name->is_null() && !name->is_string()) {
    throw ValueError(keras3 ? "Argument `name` must be a string and cannot contain character `/`. Received: name=" +
                                  brief(*name)
                            : "name for name_scope must be a string.");
  }
  if (keras3) check_rate(config);
  if (const auto* rate = config.find("lr"); rate && !rate->is_null()) {
    if (generation == OptimizerGeneration::legacy && rate->is_number() && rate->as_double() < 0) {
      throw ValueError("Expected lr >= 0, received: " + rate->dump());
    }
  }
  const auto* decay = config.find("decay");
  if (generation != OptimizerGeneration::modern || !decay || decay->is_null()) return;
  if (decay->is_number() && decay->as_double() == 0) return;
  throw ValueError(
      "decay is deprecated in the new Keras optimizer, please check the docstring for valid arguments, or use the "
      "legacy optimizer, e.g., tf.keras.optimizers.legacy." +
      class_name + ".");
}

OptimizerOptions common_options(ObjectArguments& a, const std::string& class_name, const Config& config) {
  OptimizerOptions o;
  o.generation = said_generation(class_name, config);
  const bool keras3 = o.generation == OptimizerGeneration::keras3;
  if (o.generation) {
    const bool custom = class_name.starts_with(kCustom);
    check_common(config, class_name.substr(custom ? kCustom.size() : 0), *o.generation);
  }
  if (const auto name = a.value("name"); name.is_string()) o.name = name.as_string();
  o.clipnorm = optional_number(a, "clipnorm");
  o.clipvalue = optional_number(a, "clipvalue");
  o.global_clipnorm = optional_number(a, "global_clipnorm");
  // "No longer supported and will be ignored."
  if (keras3) {
    a.ignore("decay");
  } else {
    o.decay = optional_number(a, "decay").value_or(0.0);
  }
  o.weight_decay = optional_number(a, "weight_decay");
  o.use_ema = flag_from(a, "use_ema", false);
  o.ema_momentum = a.number("ema_momentum", o.ema_momentum);
  // Null here is not the same as absent: it turns a default off.
  if (config.has("ema_overwrite_frequency")) {
    const auto value = a.value("ema_overwrite_frequency");
    if (o.use_ema && value.is_float()) {
      throw ValueError("`ema_overwrite_frequency` must be an integer " + std::string(keras3 ? ">= 1" : "> 1") +
                       " or None. Received: ema_overwrite_frequency=" + value.dump());
    }
    o.ema_overwrite_frequency = value.is_null() ? 0 : value.as_int();
  }
  o.loss_scale_factor = optional_number(a, "loss_scale_factor");
  if (const auto steps = a.value("gradient_accumulation_steps"); !steps.is_null()) {
    o.gradient_accumulation_steps = steps.as_int();
  }
  a.ignore("jit_compile");
  a.ignore("is_legacy_optimizer");
  return o;
}

}  // namespace

void register_optimizer(const char* class_name, OptimizerMaker make) {
  if (!makers().emplace(lower(class_name), make).second) {
    throw ValueError("two optimizers are registered as '" + std::string(class_name) + "'");
  }
}

LearningRate learning_rate_from(ObjectArguments& a, const LearningRate& fallback) {
  for (const auto* key : {"learning_rate", "lr"}) {
    const auto value = a.value(key);
    if (value.is_number()) return value.as_double();
    if (value.is_bool()) return value.as_bool() ? 1.0 : 0.0;
    if (!value.is_null()) return LearningRateSchedule::from_config(value);
  }
  return fallback;
}

bool flag_from(ObjectArguments& a, const char* key, bool fallback) {
  const auto value = a.value(key);
  return value.is_null() ? fallback : value.as_bool();
}

double epsilon_from(ObjectArguments& a, double fallback) {
  const auto value = a.value("epsilon");
  return value.is_null() ? fallback : value.as_double();
}

double rounded_number(double value, bool rounded) {
  return rounded ? static_cast<double>(static_cast<float>(value)) : value;
}

std::vector<Tensor> with_iterations(std::vector<Tensor> values, const OptimizerObject& optimizer) {
  if (optimizer.generation() == OptimizerGeneration::legacy && values.size() + 1 == optimizer.variables().size()) {
    values.insert(values.begin(), Tensor::scalar(std::int64_t{0}));
  }
  return values;
}

void refuse_other_epsilon(const std::string& what, OptimizerGeneration other) {
  throw ValueError(what + " computes something else in " + name_of(other) +
                   " optimizers (epsilon under the root or beside it): its state cannot be converted; save for another "
                   "target, one of the optimizer's own generation, or without the optimizer.");
}

Optimizer Optimizer::from_config(const Config& object) {
  if (object.is_null()) return {};
  static const auto kNoConfig = Config::dict();
  const bool by_name = object.is_string();
  if (!by_name && !object.is_dict()) {
    throw ValueError("Could not interpret optimizer identifier: " + brief(object));
  }
  const auto form =
      by_name ? ObjectForm{object.as_string(), "", "", &kNoConfig} : read_object_form(object, "optimizer");
  if (const auto* custom = find_custom<OptimizerFactory>(form, "optimizer")) return custom->make(*form.config);
  // As its users call it; some Kerases write a package before their own.
  const auto called = form.class_name.substr(form.class_name.starts_with(kCustom) ? kCustom.size() : 0);
  const auto name = lower(called);
  fill_registries();
  if (const auto it = makers().find(name); it != makers().end()) {
    ObjectArguments arguments(*form.config, called);
    const auto common = common_options(arguments, form.class_name, *form.config);
    auto made = it->second(arguments, common);
    const auto& config = *form.config;
    if (const auto key = arguments.unknown()) refuse_unknown(*key, config.at(*key), made->generation());
    arguments.finish();
    return made;
  }
  if (const auto* custom = find_custom_last<OptimizerFactory>(form.class_name)) return custom->make(*form.config);
  if (name == kNotYet) {
    throw NotImplementedError("optimizer " + called + " is not yet supported");
  }
  throw_unknown_object("optimizer", form.class_name);
}

Optimizer::Optimizer(const std::string& name) : Optimizer(from_config(Config(name))) {}

}  // namespace hornbeam
