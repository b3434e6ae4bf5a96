#include "keras/engine/op_form.h"

#include "hornbeam/errors.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_slice.h"

namespace hornbeam {
namespace {

[[noreturn]] void cannot_call(const std::string& who, const OpFunction& function, const std::string& with,
                              const char* where) {
  throw ValueError(who + " calls tf." + function.name + with + ", which " + where +
                   " does not know. Choose another target, or change the layer.");
}

// The constant that the tensors are; null when they are none.
Config as_constant(const Values& values) {
  if (!values.is_tensor() || !values.tensor().is_concrete()) return {};
  return constant_config(values.tensor());
}

bool is_given(const OpArgument& argument) {
  if (const auto* plain = std::get_if<Config>(&argument)) return !plain->is_null();
  return !std::holds_alternative<std::monostate>(argument);
}

bool is_of_integers(const OpArgument& argument) {
  const auto* values = std::get_if<Values>(&argument);
  return values && values->is_tensor() && is_integer(values->tensor().dtype());
}

OpArgument argument_of(std::size_t i, const std::string& name, const Values& inputs, const CallOptions& options,
                       const Config& settings) {
  if (i == 0 && !inputs.is_none()) return inputs;
  for (const auto& key : {"arg" + std::to_string(i), name}) {
    if (const auto it = options.tensors.find(key); it != options.tensors.end()) return it->second;
    if (const auto* plain = options.kwargs.find(key)) return *plain;
  }
  if (const auto* plain = settings.find(name)) return *plain;
  return std::monostate();
}

}  // namespace

const char* op_lambda_class(const OpFunction& function) {
  return function.call == op_calls::getitem ? "SlicingOpLambda" : "TFOpLambda";
}

OpForm form_of_call(const std::string& who, const OpFunction& function, const Values& inputs,
                    const CallOptions& options, const Config& settings) {
  const bool keras3 = std::string_view(function.name).starts_with("ops>");
  const auto* tf = keras3 ? tf_function_like(function) : &function;
  if (!tf) throw ValueError(who + ": tf.* has no function for it. Choose another target, or change the layer.");
  const auto given = function.parameter_list(), wanted = tf->parameter_list();
  OpForm form{tf, std::vector<OpArgument>(wanted.size())};
  for (std::size_t i = 0; i < given.size(); ++i) {
    auto argument = argument_of(i, given[i].name, inputs, options, settings);
    if (!is_given(argument) && given[i].plain) argument = given[i].fallback;
    if (i >= wanted.size()) {
      const auto* plain = std::get_if<Config>(&argument);
      if (!plain || !plain->equivalent(given[i].fallback)) {
        throw ValueError(who + " has " + given[i].name + (plain ? " = " + plain->dump() : "") + ", which tf." +
                         tf->name + " does not know. Choose another target, or change the layer.");
      }
      continue;
    }
    // Of integers Keras 3 makes floatx(), tf.* float64.
    if (function.call == op_calls::divide_keras3 && is_of_integers(argument)) {
      throw ValueError(who +
                       " divides integers, which tf.* does in another dtype. Choose another target, or change "
                       "the layer.");
    }
    const auto* plain = std::get_if<Config>(&argument);
    if (plain && function.call == op_calls::getitem) {
      argument = slice_config(read_slice(*plain), false);
    } else if (plain && array_of(*plain)) {
      argument = constant_config(constant_tensor(*plain));  // tf.* takes lists
    }
    form.arguments[i] = std::move(argument);
  }
  return form;
}

OpArguments tf_arguments(const OpForm& form) {
  OpArguments call;
  const auto parameters = form.function->parameter_list();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& argument = form.arguments[i];
    if (!is_given(argument)) continue;
    if (const auto* values = std::get_if<Values>(&argument)) {
      if (i == 0) {
        call.inputs = *values;
      } else if (auto constant = as_constant(*values); !constant.is_null()) {
        call.options.kwargs.set(parameters[i].name, std::move(constant));
      } else {
        call.options.tensors.emplace(parameters[i].name, *values);
      }
      continue;
    }
    const auto& plain = std::get<Config>(argument);
    if (i == 0) {
      call.inputs = constant_tensor(plain);
    } else if (!parameters[i].plain || !plain.equivalent(parameters[i].fallback)) {
      call.options.kwargs.set(parameters[i].name, plain);
    }
  }
  if (form.function->also) {
    const auto also = Config::parse(form.function->also, form.function->name);
    for (const auto& [key, value] : also.as_dict()) call.options.kwargs.set(key, value);
  }
  return call;
}

OpArguments keras3_arguments(const std::string& who, const OpForm& form, Config& settings) {
  constexpr const char* kKeras3 = "keras3";
  const auto& function = *form.function;
  const auto* operation = keras3_operation_like(function);
  if (!operation) cannot_call(who, function, "", kKeras3);
  const auto given = function.parameter_list(), wanted = operation->parameter_list();
  OpArguments call;
  const auto set = [&](std::size_t i, const Config& plain) {
    if (wanted[i].plain) {
      settings.set(wanted[i].name, plain);
    } else if (i == 0) {
      call.inputs = constant_tensor(plain);
    } else if (plain.is_list() && function.call != op_calls::getitem) {
      call.options.tensors.emplace("arg" + std::to_string(i), constant_tensor(plain));
    } else {
      call.options.kwargs.set("arg" + std::to_string(i), plain);
    }
  };
  for (std::size_t i = 0; i < std::max(given.size(), wanted.size()); ++i) {
    const auto argument = i < given.size() && is_given(form.arguments[i]) ? form.arguments[i]
                          : i < given.size()                              ? OpArgument(given[i].fallback)
                                                                          : OpArgument(wanted[i].fallback);
    const auto* values = std::get_if<Values>(&argument);
    const auto constant = values ? as_constant(*values) : std::get<Config>(argument);
    if (i >= wanted.size()) {
      if (!values && constant.equivalent(given[i].fallback)) continue;
      cannot_call(who, function, " with " + given[i].name + (values ? "" : " = " + constant.dump()), kKeras3);
    } else if (!values && function.call == op_calls::getitem) {
      set(i, slice_config(read_slice(constant), true));
    } else if (!values || !constant.is_null()) {
      set(i, constant);
    } else if (wanted[i].plain) {
      cannot_call(who, function, " with a tensor as " + given[i].name, kKeras3);
    } else if (i == 0) {
      call.inputs = *values;
    } else {
      call.options.tensors.emplace("arg" + std::to_string(i), *values);
    }
    if (function.call == op_calls::divide && is_of_integers(argument)) {
      cannot_call(who, function, " of integers", kKeras3);
    }
  }
  return call;
}

}  // namespace hornbeam
