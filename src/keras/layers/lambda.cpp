#include "hornbeam/layers/lambda.hpp"

#include "keras/layers/register.h"
#include "keras/serialization/custom_lookup.h"

namespace hornbeam {

LambdaLayer::LambdaLayer(Activation function, const LambdaOptions& options)
    : Layer(options.layer()), function_(std::move(function)), function_config_(function_.to_config()) {}

// What a config calls the function by: the word alone, or Keras 3's {"class_name": "function", "config": name, ...};
// null when it has no name.
const Config* LambdaLayer::function_name() const {
  const auto* word = function_config_.is_string() ? &function_config_ : function_config_.find("config");
  return word && word->is_string() ? word : nullptr;
}

const Activation* LambdaLayer::find_function() const {
  const auto named = [](const std::string& name) { return find_custom<Activation>(name, "function"); };
  if (const auto* word = function_name()) {
    if (const auto* found = named(word->as_string())) return found;
    if (const auto* found = find_custom_last<Activation>(word->as_string())) return found;
  }
  if (const auto* found = named(name())) return found;
  const auto* any = find_custom_object("Lambda");
  return any ? std::get_if<Activation>(any) : nullptr;
}

void LambdaLayer::check() {
  const auto* function = find_function();
  if (!function) {
    const auto* word = function_name();
    if (word && function_type_ != "lambda")
      throw_unknown_object("function in Lambda layer", word->as_string(), /*by_name=*/true);
    throw ValueError("The Lambda layer '" + name() +
                     "' holds a Python lambda as marshalled bytecode, which is never run here. Write the function in "
                     "C++ and name it in custom_objects under the layer's name, {\"" +
                     name() + "\", HB_FUNCTION(f)}, or save the model with a layer class of its own.");
  }
  // The function is called with the inputs alone: to leave these out would be another result.
  if (arguments_.size() > 0 || !mask_.is_null()) {
    throw ValueError(
        "The Lambda layer '" + name() +
        "' calls its function with 'arguments' or has a 'mask', which a function of a tensor cannot be given. "
        "Register a layer class of its own for it in custom_objects.");
  }
  function_ = *function;
}

Values LambdaLayer::call(const Values& inputs, CallContext&) { return function_(inputs); }

}  // namespace hornbeam

HB_REGISTER(layer_lambda) { hornbeam::register_builtin<hornbeam::LambdaLayer>(); }
