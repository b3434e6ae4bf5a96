#include "hornbeam/layers/lambda.hpp"

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "keras/activations/builtin.h"
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
    : Layer(options.layer()),
      function_(std::move(function)),
      mask_function_(options.mask),
      function_config_(function_.to_config()) {
  if (!options.arguments.is_null()) arguments_ = options.arguments;
  if (!arguments_.is_dict()) {
    throw TypeError("The `arguments` of a Lambda layer are a dict. Received: " + brief(arguments_));
  }
  if (options.output_shape) output_shape_ = field_to_config(*options.output_shape);
  if (mask_function_) {
    mask_ = mask_function_->to_config();
    mask_type_ = "function";
    mask_module_ = Config();
    supports_masking_ = true;
    mask_function_->check(Config::dict());
  }
  function_.check(arguments_);
}

namespace {

// What a config calls a function by: the word alone, or Keras 3's {"class_name": "function", "config": name, ...}; null
// when it has no name.
const Config* name_of_function(const Config& config) {
  const auto* word = config.is_string() ? &config : config.find("config");
  return word && word->is_string() ? word : nullptr;
}

}  // namespace

// The one of the config's name, or of the layer's and then of the class', with what function of theirs it is.
std::optional<LambdaFunction> LambdaLayer::find_function(const Config& config, const char* suffix) const {
  if (const auto* word = name_of_function(config)) {
    if (auto found = function_named(word->as_string())) return found;
    if (auto found = function_of(find_registered_under_any_package(word->as_string()))) return found;
  }
  if (auto found = function_named(name() + suffix)) return found;
  if (auto found = function_of(find_custom_object(std::string("Lambda") + suffix))) return found;
  // Keras 3 finds its own functions by what its files call them.
  const auto* word = name_of_function(config);
  if (!config.is_dict() || !word || !find_builtin_activation(word->as_string())) return {};
  return LambdaFunction(Activation(word->as_string()));
}

void LambdaLayer::find_mask() {
  if (mask_.is_null()) return;
  supports_masking_ = true;
  mask_function_ = find_function(mask_, "/mask");
  // To leave it out would be another result.
  if (!mask_function_) {
    throw ValueError("The Lambda layer '" + name() +
                     "' has a 'mask', a Python function or its value, which is not run here. Write it in C++, a "
                     "function of two values, the inputs and their mask, and name it in custom_objects under {\"" +
                     name() + "/mask\", HB_FUNCTION(f)}.");
  }
  mask_function_->check(Config::dict());
}

void LambdaLayer::check() {
  const auto function = find_function(function_config_, "");
  if (!function) {
    const auto* word = name_of_function(function_config_);
    if (word && function_type_ != "lambda")
      throw_unknown_object("function in Lambda layer", word->as_string(), /*by_name=*/true);
    throw ValueError("The Lambda layer '" + name() +
                     "' holds a Python lambda as marshalled bytecode, which is never run here. Write the function in "
                     "C++ and name it in custom_objects under the layer's name, {\"" +
                     name() + "\", HB_FUNCTION(f)}, or save the model with a layer class of its own.");
  }
  find_mask();
  if (arguments_.is_null()) arguments_ = Config::dict();
  arguments_ = with_arrays(arguments_);
  function->check(arguments_);
  function_ = *function;
}

Values LambdaLayer::call(const Values& inputs, CallContext&) {
  const auto outputs = function_(inputs, arguments_);
  if (!outputs.is_tensor() || !output_shape_.is_list() || output_shape_type_ != Config("raw")) return outputs;
  // Said of one tensor, and without its batch.
  std::vector<std::int64_t> dims{None};
  for (const auto& dim : output_shape_.as_list()) {
    if (!dim.is_int() && !dim.is_null()) return outputs;
    dims.push_back(dim.is_null() ? None : dim.as_int());
  }
  const auto& shape = outputs.tensor().shape();
  if (shape.is_fully_known() || (shape.has_rank() && shape.rank() != dims.size())) return outputs;
  return ops::ensure_shape(outputs.tensor(), Shape(dims));
}

std::vector<Tensor> LambdaLayer::compute_mask(const Values& inputs, const std::vector<Tensor>& masks) {
  if (!mask_function_) return {};
  Values mask;
  if (masks.size() == 1 && masks[0].defined()) mask = masks[0];
  if (masks.size() > 1) {
    Values::List several;
    for (const auto& each : masks) several.push_back(each.defined() ? Values(each) : Values());
    mask = Values(std::move(several));
  }
  const auto made = (*mask_function_)(Values(Values::List{inputs, mask}), Config::dict());
  return made.is_none() ? std::vector<Tensor>{} : made.flatten();
}

}  // namespace hornbeam

HB_REGISTER(layer_lambda) { hornbeam::register_builtin<hornbeam::LambdaLayer>(); }
