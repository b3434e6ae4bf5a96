// Which of a restored function's graphs takes some arguments.
#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "keras/saving/restored_objects.h"

namespace hornbeam {
namespace {

using formats::saved_model::StructuredValue;
using ArgumentKind = StructuredValue::Kind;

enum class Fit { exactly, converted };

class ArgumentMatch {
 public:
  explicit ArgumentMatch(Fit fit) : fit_(fit) {}
  std::vector<Tensor> tensors;

  bool argument(const StructuredValue& spec, const RestoredArgument& given) {
    if (const auto* values = std::get_if<Values>(&given)) return structure(spec, *values);
    return literal(spec, std::get<Config>(given));
  }

 private:
  bool structure(const StructuredValue& spec, const Values& given) {
    switch (spec.kind) {
      case ArgumentKind::none:
        return given.is_none();
      case ArgumentKind::tensor:
        return given.is_tensor() && tensor(spec, given.tensor());
      case ArgumentKind::list:
      case ArgumentKind::tuple:
        if (!given.is_list() || given.size() != spec.items.size()) return false;
        for (std::size_t i = 0; i < spec.items.size(); ++i) {
          if (!structure(spec.items[i].second, given[i])) return false;
        }
        return true;
      case ArgumentKind::dict: {
        if (!given.is_dict() || given.size() != spec.items.size()) return false;
        for (const auto& [key, value] : given.dict()) {  // sorted, as tensors are
          const auto* wanted = spec.find(key);
          if (!wanted || !structure(*wanted, value)) return false;
        }
        return true;
      }
      default:
        return false;
    }
  }

  bool tensor(const StructuredValue& spec, const Tensor& given) {
    if (!given.shape().is_compatible_with(spec.shape)) return false;
    if (given.dtype() != spec.dtype && (fit_ == Fit::exactly || given.dtype() == DType::string)) return false;
    tensors.push_back(given.dtype() == spec.dtype ? given : ops::cast(given, spec.dtype));
    return true;
  }

  bool literal(const StructuredValue& spec, const Config& given) {
    switch (spec.kind) {
      case ArgumentKind::none:
        return given.is_null();
      case ArgumentKind::boolean:
        return given.is_bool() && given.as_bool() == spec.boolean;
      case ArgumentKind::integer:
        return given.is_int() && given.as_int() == spec.integer;
      case ArgumentKind::number:
        return given.is_number() && given.as_double() == spec.number;
      case ArgumentKind::text:
        return given.is_string() && given.as_string() == spec.text;
      case ArgumentKind::tensor:
        if (fit_ == Fit::exactly || !given.is_number()) return false;
        return tensor(spec, Tensor::scalar(given.as_double()));
      default:
        return false;
    }
  }

  Fit fit_;
};

// A default value as an argument.
Config literal_of(const StructuredValue& value) {
  switch (value.kind) {
    case ArgumentKind::boolean:
      return value.boolean;
    case ArgumentKind::integer:
      return value.integer;
    case ArgumentKind::number:
      return value.number;
    case ArgumentKind::text:
      return value.text;
    default:
      return {};
  }
}

std::string told(const RestoredArgument& argument) {
  if (const auto* config = std::get_if<Config>(&argument)) return config->dump();
  std::string text;
  for (const auto& tensor : std::get<Values>(argument).flatten()) {
    text += (text.empty() ? "" : ", ") + std::string(name_of(tensor.dtype())) + " " + tensor.shape().to_string();
  }
  return "tensors [" + text + "]";
}

}  // namespace

std::vector<std::string> RestoredObjects::argument_names(std::int32_t node) const {
  std::vector<std::string> names;
  const auto* function = objects().node(node).function();
  const auto* args = function ? function->arguments.find("args") : nullptr;
  if (!args) return names;
  for (const auto& [key, name] : args->items) names.push_back(name.text);
  if (!names.empty() && (function->is_method || names[0] == "self")) names.erase(names.begin());
  return names;
}

Values RestoredObjects::call(std::int32_t node, const RestoredArguments& given, const Assign& assign) const {
  const auto* function = objects().node(node).function();
  if (!function) throw TypeError("node " + std::to_string(node) + " of " + file_->file_name() + " is no function");
  const auto names = argument_names(node);
  auto arguments = given.positional;
  auto keywords = given.keywords;
  const auto* defaults = function->arguments.find("defaults");
  const auto count = defaults ? defaults->items.size() : 0;
  for (auto i = arguments.size(); i < names.size(); ++i) {
    if (const auto it = keywords.find(names[i]); it != keywords.end()) {
      arguments.push_back(it->second);
      keywords.erase(it);
    } else if (i + count >= names.size()) {
      arguments.emplace_back(literal_of(defaults->items[i + count - names.size()].second));
    } else {
      break;
    }
  }
  if (const auto* more = function->arguments.find("kwonlydefaults")) {
    for (const auto& [name, value] : more->items) keywords.emplace(name, literal_of(value));
  }
  for (const auto fit : {Fit::exactly, Fit::converted}) {
    for (const auto& name : function->concrete_functions) {
      const auto it = objects().concrete_functions.find(name);
      if (it == objects().concrete_functions.end() || it->second.inputs.items.size() != 2) continue;
      const auto& positional = it->second.inputs.items[0].second;
      const auto& named = it->second.inputs.items[1].second;
      if (positional.items.size() != arguments.size() || named.items.size() != keywords.size()) continue;
      ArgumentMatch match(fit);
      bool fits = true;
      for (std::size_t i = 0; fits && i < arguments.size(); ++i) {
        fits = match.argument(positional.items[i].second, arguments[i]);
      }
      for (const auto& [key, value] : keywords) {
        const auto* wanted = fits ? named.find(key) : nullptr;
        fits = wanted && match.argument(*wanted, value);
      }
      if (fits) return call_concrete(name, match.tensors, assign);
    }
  }
  std::string text =
      "Could not find matching concrete function to call loaded from the SavedModel. Got:\n  Positional "
      "arguments:";
  for (const auto& argument : arguments) text += "\n    * " + told(argument);
  text += "\n  Keyword arguments:";
  for (const auto& [name, value] : keywords) text += " " + name + "=" + told(value);
  text += "\n\nExpected these arguments to match one of the following " +
          std::to_string(function->concrete_functions.size()) + " option(s):";
  for (const auto& name : function->concrete_functions) {
    const auto it = objects().concrete_functions.find(name);
    if (it != objects().concrete_functions.end()) text += "\n  " + it->second.inputs.to_string();
  }
  throw ValueError(text);
}

}  // namespace hornbeam
