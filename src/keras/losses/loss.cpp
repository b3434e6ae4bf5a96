#include "hornbeam/losses.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"
#include "keras/losses/reduction.h"
#include "keras/serialization/fill_registries.h"
#include "keras/serialization/object_family.h"

namespace hornbeam {
namespace {

ObjectFamily<LossObject>& family_to_fill() {
  static ObjectFamily<LossObject> f{"loss function", {}, {"LossFunctionWrapper"}};
  return f;
}
const ObjectFamily<LossObject>& family() {
  fill_registries();
  return family_to_fill();
}

class CustomLoss final : public LossObject {
 public:
  CustomLoss(const std::string& name, LossFunction function) : LossObject(name), function_(std::move(function)) {
    if (!function_) throw ValueError("the loss '" + name + "' is no function");
  }
  std::string class_name() const override { return get_registered_name(name()); }
  bool is_function() const override { return true; }
  std::string function_name() const override { return class_name(); }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
    return function_(t, p);
  }

 private:
  LossFunction function_;
};

std::string reduction_of(const std::string& reduction, Target target) {
  if (target == Target::keras3) return reduction == "auto" ? "sum_over_batch_size" : reduction;
  if (reduction == "mean") return "sum_over_batch_size";
  if (reduction == "mean_with_sample_weight") {
    throw ValueError("Invalid Reduction Key mean_with_sample_weight: only Keras 3 has it; save for target 'keras3'");
  }
  return reduction;
}

// The word itself, unless that Keras knows the function by another. (2.15 knows both.)
std::string word_for(const std::string& word, const LossObject& loss, Target target) {
  if (target == Target::tf215 || loss.is_function()) return word;
  loss.get_config(target);  // throws when it has no such loss
  return losses::function_named(word, target);
}

// Of a class in custom_objects, or of a registered one whose name nothing built in has.
LossPointer of_custom_class(const ObjectForm& form) {
  const auto& name = form.registered_name.empty() ? form.class_name : form.registered_name;
  const auto* object = find_custom_object(name);
  if (!object && !(form.may_be_builtin() && family().classes.contains(form.class_name))) {
    object = find_registered_under_any_package(form.class_name);
  }
  const auto* factory = object ? std::get_if<LossFactory>(object) : nullptr;
  return factory ? factory->make(*form.config).ptr() : nullptr;
}

}  // namespace

LossObject::LossObject(std::string name, std::string reduction)
    : name_(std::move(name)), reduction_(std::move(reduction)) {
  losses::check_reduction(reduction_);
}

Tensor LossObject::valid_mask(const Tensor&, const Tensor&) const { return {}; }

Tensor LossObject::operator()(const Tensor& given_true, const Tensor& given_pred, const Tensor& sample_weight,
                              const Tensor& mask) const {
  const auto target = current_target();
  auto y_true = given_true, y_pred = given_pred;
  if (target == Target::keras3) {
    const auto dtype = dtype_from_name(backend::floatx());
    y_true = ops::cast(y_true, dtype);
    y_pred = ops::cast(y_pred, dtype);
  }
  const auto values = call(y_true, y_pred);
  auto counted = valid_mask(y_true, y_pred);
  if (!counted.defined()) {
    counted = mask;
  } else if (mask.defined()) {
    counted = ops::logical_and(mask, counted);
  }
  return losses::reduce_weighted(values, sample_weight, counted, reduction_, target);
}

Config LossObject::get_config(Target target) const {
  const auto reduction = reduction_of(reduction_, target);
  const auto name = name_for(target);
  auto config = target == Target::keras3 ? Config{{"name", name}, {"reduction", reduction}}
                                         : Config{{"reduction", reduction}, {"name", name}};
  const auto args = arguments(target);
  for (const auto& [key, value] : args.as_dict()) config.set(key, value);
  if (target == Target::tf215 && !function_name().empty()) config.set("fn", function_name());
  return config;
}

LossPointer LossObject::by_name(const std::string& name) {
  const auto arguments = Config::dict();
  if (auto made = of_custom_class({name, "", "", &arguments})) return made;
  return family().by_name(name);
}
LossPointer LossObject::deserialize(const Config& config) {
  if (config.is_dict() && config.has("class_name")) {
    if (auto made = of_custom_class(read_object_form(config, "loss function"))) return made;
  }
  return family().deserialize(config);
}

Config Loss::to_config(Target target) const {
  if (!*this) return {};
  if (!identifier_.empty()) return word_for(identifier_, **this, target);
  if ((*this)->is_function()) return (*this)->class_name();
  return Config{{"class_name", (*this)->class_name()}, {"config", (*this)->get_config(target)}};
}

Loss Loss::from_config(const Config& config) {
  if (config.is_string()) return Loss(config.as_string());
  return Loss(LossObject::deserialize(config));
}

bool is_builtin_loss(const std::string& name) {
  return family().classes.contains(name) || family().not_yet.contains(name);
}

void put_last(Config& config, std::initializer_list<const char*> keys) {
  for (const auto* key : keys) {
    const auto value = config.at(key);
    config.erase(key);
    config.set(key, value);
  }
}

void drop_for_2_2(Config& config, const char* class_name, const char* key, const Config& fallback) {
  if (config.at(key) != fallback) {
    throw ValueError("tf.keras 2.2 has no " + std::string(class_name) + " with " + key + " = " + config.at(key).dump() +
                     "; save for another target");
  }
  config.erase(key);
}

void throw_not_in(Target target, const char* class_name) {
  const auto* keras = target == Target::tf22 ? "tf.keras 2.2" : target == Target::tf215 ? "tf.keras 2.15" : "Keras 3";
  throw ValueError(std::string(keras) + " has no " + class_name + "; save for another target");
}

std::string losses::function_named(const std::string& name, Target target) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kNames = {
      {{"huber", "huber_loss"}, {"log_cosh", "logcosh"}, {"kl_divergence", "kullback_leibler_divergence"}}};
  for (const auto& [now, before] : kNames) {
    if (name == now || name == before) return target == Target::tf22 ? before : now;
  }
  return name;
}

void register_loss_maker(const char* name, LossMaker maker) {
  if (!family_to_fill().classes.emplace(name, maker).second) {
    throw ValueError("two losses are registered as '" + std::string(name) + "'");
  }
}

void read_loss_keys(const Config& config, const char* class_name, std::set<std::string, std::less<>>& known,
                    std::string& reduction, std::optional<std::string>& name) {
  ObjectArguments a(config, class_name);
  for (const auto& key : known) a.ignore(key.c_str());
  a.ignore("fn");     // 2.15 says the class twice
  a.ignore("dtype");  // Keras 3's losses compute in floatx()
  const auto given = a.value("reduction", reduction);
  reduction = given.is_null() ? "none" : given.as_string();
  if (const auto text = a.value("name"); !text.is_null()) name = text.as_string();
  a.finish();
}

Loss losses::custom(std::string name, LossFunction function) {
  return LossPointer(std::make_shared<CustomLoss>(name, std::move(function)));
}

}  // namespace hornbeam
