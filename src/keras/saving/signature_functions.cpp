// Functions of signatures: called by keywords, giving tensors by name.
#include <algorithm>
#include <numeric>
#include <set>

#include "keras/engine/call_scope.h"
#include "keras/saving/call_functions.h"
#include "keras/saving/structured_specs.h"
#include "ops/ragged/ragged.h"

namespace hornbeam {
namespace {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

bool is_one_tensor(const Values& value) { return value.is_tensor() && !as_ragged(value.tensor()); }

std::string kind_of(const Values& value) {
  if (value.is_none()) return "None";
  if (value.is_list()) return "a list";
  return value.is_dict() ? "a dict" : "a RaggedTensor";
}

// TensorFlow's names of what a signature gives, in their order.
NamedTensors named_outputs(const std::string& key, const Values& outputs) {
  NamedTensors named;
  if (outputs.is_dict()) {
    for (const auto& [name, value] : outputs.dict()) {
      if (!is_one_tensor(value)) {
        throw ValueError("Got a dictionary containing non-Tensor value (" + kind_of(value) + ") for key " + name +
                         " in the output of the function used to generate the SavedModel signature '" + key +
                         "'. Dictionaries outputs for functions used as signatures should have one Tensor output per "
                         "string key.");
      }
      named.emplace_back(name, value.tensor());
    }
    return named;
  }
  const auto list = outputs.is_list() ? outputs.list() : Values::List{outputs};
  for (const auto& value : list) {
    const auto name = "output_" + std::to_string(named.size());
    if (outputs.is_list() && (value.is_list() || value.is_dict())) {
      throw ValueError("Got non-flat outputs (" + kind_of(value) + " as '" + name + "') for SavedModel signature '" +
                       key +
                       "'. Signatures have one Tensor per output, so to have predictable names Python functions used "
                       "to generate these signatures should avoid outputting Tensors in nested structures.");
    }
    if (!is_one_tensor(value)) {
      throw ValueError("Got a non-Tensor value " + kind_of(value) + " for key '" + name +
                       "' in the output of the function used to generate the SavedModel signature '" + key +
                       "'. Outputs for functions used as signatures must be a single Tensor, a sequence of Tensors, or "
                       "a dictionary from string to Tensor.");
    }
    named.emplace_back(name, value.tensor());
  }
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return named;
}

// A name that is there already gets a number, as TensorFlow gives one.
std::vector<std::string> unique_names(const std::string& key, const std::vector<SignatureInput>& inputs) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const auto& input : inputs) {
    if (input.name.empty()) throw ValueError("An input of the SavedModel signature '" + key + "' has no name.");
    auto name = input.name;
    for (int i = 1; !taken.insert(name).second; ++i) name = input.name + "_" + std::to_string(i);
    names.push_back(std::move(name));
  }
  return names;
}

// Arguments of such a function are in the order of their names.
std::vector<std::size_t> sorted_order(const std::vector<std::string>& names) {
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
  return order;
}

}  // namespace

CallFunctions::Signature CallFunctions::trace_signature(const std::string& key, const SignatureFunction& function) {
  if (!function.body()) {
    throw ValueError("Expected a TensorFlow function to generate a signature for, but got none for '" + key +
                     "'. Only `tf.functions` with an input signature or concrete functions can be used as a "
                     "signature: give a SignatureFunction with its inputs and a body.");
  }
  if (key.starts_with("__saved_model_")) {
    throw ValueError("'" + key + "' is not a valid scope name: signatures of such names are TensorFlow's own");
  }
  const auto names = unique_names(key, function.inputs());
  std::vector<TensorSpec> specs;
  for (const auto& input : function.inputs()) specs.push_back({input.dtype, input.shape});
  std::vector<std::pair<std::string, TensorSpec>> given;
  const auto traced = graph::trace("signature_wrapper", specs, [&](std::span<const Tensor> arguments) {
    CallScope collector(false);
    const auto outputs = function.body()({arguments.begin(), arguments.end()});
    collector.apply_updates();
    std::vector<Tensor> results;
    for (auto& [name, tensor] : named_outputs(key, outputs)) {
      given.emplace_back(name, TensorSpec{tensor.dtype(), tensor.shape()});
      results.push_back(std::move(tensor));
    }
    return results;
  });
  const auto ordered = std::make_shared<graph::Function>(*traced);
  Signature made{{key, {}, {}, "tensorflow/serving/predict"}, ""};
  std::vector<StructuredValue::Item> inputs, outputs;
  std::vector<std::string> argument_names;
  const auto add_one = [](auto& items, auto& infos, const std::string& name, const TensorSpec& spec) {
    items.emplace_back(name, spec_value(spec.dtype, spec.shape, name));
    infos.push_back({name, {"", static_cast<int>(spec.dtype), spec.shape}});
  };
  for (const auto i : sorted_order(names)) {
    ordered->arguments[argument_names.size()] = traced->arguments[i];
    argument_names.push_back(names[i]);
    add_one(inputs, made.signature.inputs, names[i], specs[i]);
  }
  for (const auto& [name, spec] : given) add_one(outputs, made.signature.outputs, name, spec);
  made.function = add(ordered, "signature_wrapper", argument_names,
                      tuple_value({tuple_value({}), dict_value(std::move(inputs))}), dict_value(std::move(outputs)));
  return made;
}

}  // namespace hornbeam
