#include "hornbeam/layers/lambda.hpp"

#include "hornbeam/errors.hpp"
#include "keras/engine/op_call.h"
#include "keras/layers/register.h"
#include "keras/serialization/custom_lookup.h"

namespace hornbeam {
namespace {

// Before Keras 2.3 an array was {"type": "ndarray", "value": [...]}.
Config with_arrays(const Config& given) {
  auto arguments = given;
  for (auto& [key, value] : arguments.as_dict()) {
    const auto* type = value.find("type");
    const auto* list = value.find("value");
    if (type && list && *type == Config("ndarray")) value = array_config(*list);
  }
  return arguments;
}

// What a name of custom_objects stands for in a Lambda: a function of a tensor, or of values and arguments.
std::optional<LambdaFunction> function_of(const CustomObject* object) {
  if (!object) return {};
  if (const auto* function = std::get_if<LambdaFunction>(object)) return *function;
  if (const auto* function = std::get_if<Activation>(object)) return LambdaFunction(*function);
  return {};
}

std::optional<LambdaFunction> function_named(const std::string& name) {
  const auto* object = find_custom_object(name);
  auto found = function_of(object);
  if (object && !found) throw TypeError("the custom object '" + name + "' is no function");
  return found;
}

}  // namespace

LambdaLayer::LambdaLayer(LambdaFunction function, const LambdaOptions& options)
    : Layer(options.layer()), function_(std::move(function)), function_config_(function_.to_config()) {
  if (!options.arguments.is_null()) arguments_ = options.arguments;
  if (!arguments_.is_dict()) {
    throw TypeError("The `arguments` of a Lambda layer are a dict. Received: " + brief(arguments_));
  }
  function_.check(arguments_);
}

// What a config calls the function by: the word alone, or Keras 3's {"class_name": "function", "config": name, ...};
// null when it has no name.
const Config* LambdaLayer::function_name() const {
  const auto* word = function_config_.is_string() ? &function_config_ : function_config_.find("config");
  return word && word->is_string() ? word : nullptr;
}

std::optional<LambdaFunction> LambdaLayer::find_function() const {
  if (const auto* word = function_name()) {
    if (auto found = function_named(word->as_string())) return found;
    if (auto found = function_of(find_registered_under_any_package(word->as_string()))) return found;
  }
  if (auto found = function_named(name())) return found;
  return function_of(find_custom_object("Lambda"));
}

void LambdaLayer::check() {
  const auto function = find_function();
  if (!function) {
    const auto* word = function_name();
    if (word && function_type_ != "lambda")
      throw_unknown_object("function in Lambda layer", word->as_string(), /*by_name=*/true);
    throw ValueError("The Lambda layer '" + name() +
                     "' holds a Python lambda as marshalled bytecode, which is never run here. Write the function in "
                     "C++ and name it in custom_objects under the layer's name, {\"" +
                     name() + "\", HB_FUNCTION(f)}, or save the model with a layer class of its own.");
  }
  // To leave it out would be another result.
  if (!mask_.is_null()) {
    throw ValueError("The Lambda layer '" + name() +
                     "' has a 'mask', a Python function or its value, which is not brought here. Register a layer "
                     "class of its own for it in custom_objects.");
  }
  if (arguments_.is_null()) arguments_ = Config::dict();
  arguments_ = with_arrays(arguments_);
  function->check(arguments_);
  function_ = *function;
}

Values LambdaLayer::call(const Values& inputs, CallContext&) { return function_(inputs, arguments_); }

}  // namespace hornbeam

HB_REGISTER(layer_lambda) { hornbeam::register_builtin<hornbeam::LambdaLayer>(); }
