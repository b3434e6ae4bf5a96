#include "hornbeam/activations.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/activations/builtin.h"
#include "keras/serialization/custom_lookup.h"
#include "keras/serialization/object_form.h"
#include "keras/serialization/reading_layer.h"

namespace hornbeam {
namespace {

constexpr std::string_view kFamily = "activation";

// A layer used as an activation: its config is kept, so that it is written as it was read.
Activation of_layer(const LayerRef& layer) {
  return {layer->class_name(), [layer](const Tensor& x) { return (*layer)(Values(x)).tensor(); }};
}

// Keras 2.15 writes nothing but the bytecode of a lambda, 2.2 its name.
bool is_lambda(const Config& config) {
  if (config.is_dict() && config.has("value") && !config.has("class_name")) return true;
  const auto* name = config.find("class_name");
  return name && *name == Config("__lambda__");
}

Activation of_lambda() {
  if (find_custom_object("<lambda>")) return Activation("<lambda>");
  throw ValueError(
      "Unknown activation function:<lambda>. It was saved as a Python lambda's marshalled bytecode (`__lambda__`), "
      "which is never run here. Write the function in C++ and name it \"<lambda>\" in the custom_objects of this call, "
      "{\"<lambda>\", HB_FUNCTION(f)}, in a CustomObjectScope or by register_keras_serializable; or save the model "
      "with "
      "a named function." +
      of_which_layer());
}

// "softmax_v2" is TensorFlow's own name for softmax; Keras 1 wrote no name at all for linear.
std::string plain_name(const std::string& name) { return name == "softmax_v2" ? "softmax" : name; }

}  // namespace

Activation::Activation(const char* name) : Activation(std::string(name)) {}

Activation::Activation(const std::string& name) : name_(plain_name(name)) {
  if (const auto* custom = find_custom<Activation>(name, kFamily)) {
    function_ = custom->function_;
    return;
  }
  if (const auto builtin = find_builtin_activation(name_)) {
    function_ = builtin;
    return;
  }
  if (const auto* custom = find_custom_last<Activation>(name)) {
    function_ = custom->function_;
    return;
  }
  // Keras 2.15 understands names of activation layers ("LeakyReLU").
  if (find_layer_class(name)) {
    *this = from_config({{"class_name", name}, {"config", Config::dict()}});
    return;
  }
  throw_unknown_object(kFamily, name, /*by_name=*/true);
}

Activation::Activation(std::string name, Function function) : name_(std::move(name)), function_(std::move(function)) {
  if (!function_) throw ValueError("the activation '" + name_ + "' is no function");
}

Tensor Activation::operator()(const Tensor& x) const { return function_(x); }

bool Activation::is_builtin() const {
  using Plain = Tensor (*)(const Tensor&);
  const auto* function = function_.target<Plain>();
  return function && *function == find_builtin_activation(name_);
}

Config Activation::to_config() const {
  if (!config_.is_null()) return config_;
  return find_builtin_activation(name_) ? name_ : get_registered_name(name_);
}

Activation Activation::from_config(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_string()) return Activation(config.as_string());
  if (!config.is_dict()) {
    throw TypeError("Could not interpret activation function identifier: " + brief(config));
  }
  if (is_lambda(config)) return of_lambda();
  const auto form = read_object_form(config, "activation function");
  if (form.is_function()) {
    if (!form.registered_name.empty()) {
      if (const auto* custom = find_custom<Activation>(form.registered_name, kFamily)) {
        return {form.registered_name, custom->function_};
      }
    }
    return Activation(form.config->as_string());
  }
  if (const auto* custom = find_custom_object(form.class_name); custom && std::holds_alternative<Activation>(*custom)) {
    return {form.class_name, std::get<Activation>(*custom).function_};
  }
  if (form.may_be_builtin() && !find_layer_class(form.class_name)) {
    // A function written as an object, {"class_name": "relu", "config": {}}.
    if (const auto builtin = find_builtin_activation(form.class_name)) return {form.class_name, builtin};
    if (!find_custom_object(form.class_name) && form.registered_name.empty()) {
      throw_unknown_object(kFamily, form.class_name);
    }
  }
  auto activation = of_layer(layers::deserialize(config));
  activation.config_ = config;
  return activation;
}

}  // namespace hornbeam
