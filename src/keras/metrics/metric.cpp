#include <algorithm>
#include <array>
#include <cstring>

#include "graph/variables.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/losses.hpp"
#include "hornbeam/metrics.hpp"
#include "hornbeam/model.hpp"
#include "keras/engine/names.h"
#include "keras/losses/loss_class.h"
#include "keras/metrics/registry.h"
#include "keras/serialization/fill_registries.h"
#include "keras/serialization/object_family.h"
#include "tensor/recorder.h"

namespace hornbeam {
namespace {

constexpr const char* kFamily = "metric function";

// Parts of Keras's that no model is compiled with.
constexpr std::array kNotYet = {"SumOverBatchSize", "SumOverBatchSizeMetricWrapper"};

std::map<std::string, MetricMaker, std::less<>>& makers() {
  static std::map<std::string, MetricMaker, std::less<>> m;
  return m;
}
std::map<std::string, MetricBody, std::less<>>& bodies() {
  static std::map<std::string, MetricBody, std::less<>> m;
  return m;
}

[[noreturn]] void refuse(const std::string& name, bool by_name) {
  if (std::ranges::find(kNotYet, name) != kNotYet.end()) {
    throw NotImplementedError(std::string(kFamily) + " " + name + " is not yet supported");
  }
  throw_unknown_object(kFamily, name, by_name);
}

// What stands under a name in custom_objects: a function (a loss is one as well) or a class.
MetricPointer custom_metric(const CustomObject* object, const std::string& name, const std::string& metric_name,
                            const std::string& dtype) {
  if (!object) return nullptr;
  if (const auto* function = std::get_if<MetricFunction>(object)) {
    return std::make_shared<MeanMetricWrapper>(metric_name, dtype, name, function->function);
  }
  if (const auto* loss = std::get_if<Handle<LossObject>>(object)) {
    const auto ptr = loss->ptr();
    return std::make_shared<MeanMetricWrapper>(metric_name, dtype, name,
                                               [ptr](const Tensor& t, const Tensor& p) { return ptr->call(t, p); });
  }
  if (const auto* factory = std::get_if<MetricFactory>(object)) return factory->make(Config::dict());
  throw TypeError("the custom object '" + name + "' is no metric");
}

// The metric that is the mean of the function of this name; null when there is none.
MetricPointer of_function(const std::string& function, const std::string& metric_name, const std::string& dtype) {
  if (auto custom = custom_metric(find_custom_object(function), function, metric_name, dtype)) return custom;
  fill_registries();
  if (const auto it = bodies().find(function); it != bodies().end()) {
    return std::make_shared<MeanMetricWrapper>(metric_name, dtype, function, it->second);
  }
  if (makers().contains(function)) return nullptr;
  if (auto custom = custom_metric(find_registered_under_any_package(function), function, metric_name, dtype)) {
    return custom;
  }
  // Losses are metrics as well.
  try {
    const auto loss = LossObject::by_name(function);
    return std::make_shared<MeanMetricWrapper>(
        metric_name, dtype, loss->function_name(),
        [loss](const Tensor& t, const Tensor& p) { return loss->call(t, p); },
        [loss](const Tensor& t, const Tensor& p) { return loss->valid_mask(t, p); });
  } catch (const ValueError&) {
    return nullptr;
  }
}

MetricPointer by_name(const std::string& name) {
  if (auto made = of_function(name, name, "")) return made;
  if (const auto it = makers().find(name); it != makers().end()) return it->second(Config::dict());
  if (current_target() == Target::keras3) {  // knows its classes in small letters, too
    for (const auto& [class_name, make] : makers()) {
      if (to_snake_case(class_name) == name) return make(Config::dict());
    }
  }
  refuse(name, /*by_name=*/true);
}

MetricPointer wrapper_from_config(const Config& config) {
  ObjectArguments a(config, "MeanMetricWrapper");
  const auto fn = a.value("fn");
  std::optional<std::string> name;
  std::string dtype;
  std::set<std::string, std::less<>> known{"fn"};
  read_metric_keys(config, "MeanMetricWrapper", known, name, dtype);
  const auto function = fn.is_dict() ? read_object_form(fn, kFamily).config->as_string() : fn.as_string();
  if (auto made = of_function(function, name.value_or(function), dtype)) return made;
  refuse(function, /*by_name=*/true);
}

}  // namespace

// ---- objects ----
MetricObject::MetricObject(std::string name, const std::string& dtype)
    : name_(std::move(name)), dtype_(dtype_from_name(dtype.empty() ? backend::floatx() : dtype)) {}

Variable MetricObject::add_weight(const std::string& name, const Shape& shape) {
  return add_weight(name, shape, dtype_);
}
Variable MetricObject::add_weight(const std::string& name, const Shape& shape, DType dtype) {
  variable_names_.push_back(name);
  const auto path = current_target() == Target::keras3 ? name_ + "/" + name : name;
  variables_.push_back(std::make_shared<VariableNode>(path, Tensor::zeros(dtype, shape), /*trainable=*/false));
  add_edge(name, variables_.back());
  return variables_.back();
}

void MetricObject::set_name(const std::string& name) {
  name_ = name;
  if (current_target() != Target::keras3) return;
  for (std::size_t i = 0; i < variables_.size(); ++i) variables_[i]->rename(name_ + "/" + variable_names_[i]);
}

void MetricObject::reset_state() {
  for (const auto& variable : variables_) {
    if (current_recorder()) {
      graph::assign(variable, Tensor::zeros(variable->dtype(), variable->shape()));
      continue;
    }
    // In place: steps that write it need not copy it first.
    std::memset(variable->writable(), 0, variable->value().bytes());
    variable->note_written();
  }
}

Config MetricObject::arguments(Target) const { return Config::dict(); }

Config MetricObject::get_config(Target target) const {
  Config config{{"name", name_}, {"dtype", std::string(name_of(dtype_))}};
  const auto rest = arguments(target);
  for (const auto& [key, value] : rest.as_dict()) config.set(key, value);
  return config;
}

Config MetricObject::to_config(Target target) const {
  return Config{{"class_name", class_name()}, {"config", get_config(target)}};
}

// ---- handles ----
MetricObject& Metric::checked() const {
  if (object_) return *object_;
  throw ValueError("the metric '" + identifier_ + "' is a name only: compile a model with it, or metrics::resolve it");
}

Config Metric::to_config(Target target) const {
  if (!identifier_.empty()) return identifier_;
  if (!object_) return {};
  return function_name_alone(object_->to_config(target), target);
}

Metric Metric::from_config(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_string()) return Metric(config.as_string());
  if (!config.is_dict()) throw ValueError("Could not interpret metric function identifier: " + brief(config));
  const auto form = read_object_form(config, kFamily);
  if (form.is_function()) return Metric(form.config->as_string());
  const auto custom = [&](const CustomObject* object) -> MetricPointer {
    if (!object) return nullptr;
    if (const auto* factory = std::get_if<MetricFactory>(object)) return factory->make(*form.config);
    return nullptr;
  };
  if (auto made = custom(find_custom_object(form.registered_name.empty() ? form.class_name : form.registered_name))) {
    return made;
  }
  fill_registries();
  if (form.may_be_builtin()) {
    if (form.class_name == "MeanMetricWrapper") return wrapper_from_config(*form.config);
    if (const auto it = makers().find(form.class_name); it != makers().end()) return it->second(*form.config);
  }
  if (auto made = custom(find_registered_under_any_package(form.class_name))) return made;
  refuse(form.class_name, /*by_name=*/false);
}

Metric metrics::custom(std::string name, std::function<Tensor(const Tensor&, const Tensor&)> function) {
  if (!function) throw ValueError("the metric '" + name + "' is no function");
  return std::make_shared<MeanMetricWrapper>(name, "", get_registered_name(name), std::move(function));
}

Metric metrics::resolve(const Metric& metric, const Shape& y_true, const Shape& y_pred) {
  if (metric.resolved() || !metric) return metric;
  const auto& name = metric.identifier();
  auto lower = name;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool accuracy = lower == "accuracy" || lower == "acc";
  if (!accuracy && lower != "crossentropy" && lower != "ce") {
    Metric found = by_name(name);
    // Keras 3 calls what it finds by the word that was used; 2.x only what is a plain function.
    if (current_target() == Target::keras3) found->set_name(name);
    return found;
  }
  const auto last = [](const Shape& s) { return s.has_rank() && s.rank() > 0 ? s.back() : None; };
  const bool binary = last(y_pred) == 1;
  const bool sparse = y_true.rank() < y_pred.rank() || (last(y_true) == 1 && last(y_pred) > 1);
  const std::string kind = binary ? "binary_" : sparse ? "sparse_categorical_" : "categorical_";
  return of_function(kind + (accuracy ? "accuracy" : "crossentropy"), name, "");
}

Config with_plain_arrays(const Config& config) {
  auto plain = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    const auto* name = value.is_dict() ? value.find("class_name") : nullptr;
    const bool wrapped = name && (*name == Config("__numpy__") || *name == Config("__tensor__"));
    plain.set(key, wrapped ? value.at("config").at("value") : value);
  }
  return plain;
}

bool is_builtin_metric(const std::string& name) {
  constexpr std::array kWords = {"accuracy", "acc", "crossentropy", "ce", "MeanMetricWrapper"};
  fill_registries();
  return std::ranges::find(kWords, name) != kWords.end() || std::ranges::find(kNotYet, name) != kNotYet.end() ||
         makers().contains(name) || bodies().contains(name) || is_builtin_loss(name);
}

Config function_name_alone(Config metric, Target target) {
  if (target == Target::tf215 || metric.at("class_name") != Config("MeanMetricWrapper")) return metric;
  const auto& config = metric.at("config");
  const auto& given = config.at("fn");
  const auto function = given.is_dict() ? given.at("config") : given;
  if (config.at("name") != function || config.at("dtype") != Config(backend::floatx())) return metric;
  fill_registries();
  const bool builtin = bodies().contains(function.as_string()) || is_builtin_loss(function.as_string());
  return target == Target::keras3 && builtin ? metric : function;
}

// ---- registry ----
void register_metric_class(const char* class_name, MetricMaker make) {
  if (!makers().emplace(class_name, make).second) {
    throw ValueError("two metrics are registered as '" + std::string(class_name) + "'");
  }
}
void register_metric_function(const char* name, MetricBody function) {
  if (!bodies().emplace(name, function).second) {
    throw ValueError("two metric functions are registered as '" + std::string(name) + "'");
  }
}
void read_metric_keys(const Config& config, const char* class_name, std::set<std::string, std::less<>>& known,
                      std::optional<std::string>& name, std::string& dtype) {
  ObjectArguments a(config, class_name);
  for (const auto& key : known) a.ignore(key.c_str());
  if (const auto text = a.value("name"); !text.is_null()) name = text.as_string();
  // A name, or a policy object.
  auto type = a.value("dtype");
  if (const auto* inner = type.find("config")) type = inner->at("name");
  if (!type.is_null()) dtype = type.as_string();
  a.finish();
}

}  // namespace hornbeam
