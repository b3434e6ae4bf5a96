#include "keras/saving/call_functions.h"

#include "keras/engine/call_scope.h"
#include "keras/engine/structure.h"
#include "keras/saving/structured_specs.h"

namespace hornbeam {
namespace {

namespace sm = formats::saved_model;

// A tuple, as recurrent layers give it.
StructuredValue states_value(const Values& states) {
  std::vector<StructuredValue> items;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto number = std::to_string(i);
    items.push_back(spec_values(states[i], {"states_" + number, "states_" + number + "_1"}));
  }
  return tuple_value(std::move(items));
}

StructuredValue literal(const Config& value) { return value.is_bool() ? boolean_value(value.as_bool()) : none_value(); }

// Lists as tuples.
StructuredValue with_tuples(StructuredValue value) {
  if (value.kind == StructuredValue::Kind::list) value.kind = StructuredValue::Kind::tuple;
  for (auto& [name, item] : value.items) item = with_tuples(std::move(item));
  return value;
}

struct Traced {
  std::shared_ptr<const graph::Function> function;
  Values outputs, losses;  // their structures
};

// The losses that the call adds are results behind the outputs.
Traced trace_call(Layer& layer, const CallFunctions::Arguments& given, bool training, bool with_losses,
                  const CallFunctions::MetricOf& metric_of) {
  Traced traced;
  auto specs = specs_of(given.inputs);
  const auto count = specs.size();
  for (auto& spec : specs_of(given.states)) specs.push_back(std::move(spec));
  for (const auto& more : given.further) {
    for (auto& spec : specs_of(more.tensors)) specs.push_back(std::move(spec));
  }
  traced.function = graph::trace(layer.name(), specs, [&](std::span<const Tensor> arguments) {
    CallScope collector(training);
    CallOptions options{.training = training};
    if (!given.states.is_none())
      options.tensors.emplace("states",
                              given.states.pack_like(arguments.subspan(count, given.states.flatten().size())));
    auto at = count + given.states.flatten().size();
    for (const auto& more : given.further) {
      if (const auto size = more.tensors.flatten().size()) {
        options.tensors.emplace(more.name, more.tensors.pack_like(arguments.subspan(at, size)));
        at += size;
      } else if (more.plain.is_bool() && more.name != "training") {
        options.kwargs.set(more.name, more.plain);
      }
    }
    const auto outputs = layer(given.inputs.pack_like(arguments.first(count)), options);
    collector.apply_updates();
    for (const auto& added : collector.metrics()) metric_of(added).update_state(added.value);
    auto results = outputs.flatten();
    traced.outputs = structure_of(outputs);
    traced.losses = Values(Values::List{});
    if (with_losses) {
      const auto& losses = collector.losses();
      traced.losses = structure_of(Values(losses));
      results.insert(results.end(), losses.begin(), losses.end());
    }
    return results;
  });
  return traced;
}

}  // namespace

std::string CallFunctions::add(std::shared_ptr<const graph::Function> function, const std::string& name,
                               const std::vector<std::string>& arguments, StructuredValue inputs,
                               StructuredValue outputs) {
  const auto added = defs_.add(std::move(function), name, arguments);
  sm::ConcreteFunction concrete{{}, std::move(inputs), std::move(outputs)};
  for (const auto& variable : added.captures) {
    const auto node = nodes_.find(variable.get());
    if (node == nodes_.end()) {
      throw ValueError("Tried to export a function which references untracked resource " + variable->name() +
                       ". Tensors that the call uses must be variables of the layer or of what it tracks.");
    }
    concrete.bound_inputs.push_back(node->second);
  }
  objects_.concrete_functions.emplace(added.name, std::move(concrete));
  return added.name;
}

CallFunctions::Made CallFunctions::trace(Layer& layer, const Arguments& arguments) {
  std::vector<std::string> names{arguments.first};
  std::vector<StructuredValue> defaults;
  if (!arguments.states.is_none()) names.emplace_back("states");
  for (const auto& more : arguments.further) {
    names.push_back(more.name);
    if (!more.required) defaults.push_back(literal(more.default_value));
  }
  if (arguments.takes_training && arguments.further.empty()) {
    names.emplace_back("training");
    defaults.push_back(boolean_value(false));
  }
  if (arguments.takes_mask) {
    names.emplace_back("mask");
    defaults.push_back(none_value());
  }
  Made made;
  made.call.arguments = made.call_and_losses.arguments = argument_spec(names, defaults);
  for (const bool training : {false, true}) {
    if (training && !arguments.takes_training) continue;
    std::vector<StructuredValue> positional{spec_values(arguments.inputs, arguments.names)};
    if (arguments.tuple) positional[0] = with_tuples(std::move(positional[0]));
    if (!arguments.states.is_none()) positional.push_back(states_value(arguments.states));
    for (const auto& more : arguments.further) {
      const bool place = more.name == "training";
      positional.push_back(place                    ? boolean_value(training)
                           : more.tensors.is_none() ? literal(more.plain)
                                                    : spec_values(more.tensors, {more.name}));
    }
    if (arguments.takes_training && arguments.further.empty()) positional.push_back(boolean_value(training));
    if (arguments.takes_mask) positional.push_back(none_value());
    const auto inputs = tuple_value({tuple_value(std::move(positional)), dict_value({})});
    const auto whole = trace_call(layer, arguments, training, true, metric_of_);
    for (const bool with_losses : {false, true}) {
      const bool same = with_losses || whole.losses.size() == 0;
      const auto traced = same ? whole : trace_call(layer, arguments, training, false, metric_of_);
      auto outputs = spec_values(traced.outputs, {});
      if (!arguments.states.is_none()) outputs.kind = StructuredValue::Kind::tuple;  // Python's "return output, states"
      if (with_losses) outputs = tuple_value({std::move(outputs), spec_values(traced.losses, {})});
      const auto name = layer.name() + (with_losses ? "_layer_call_and_return_conditional_losses" : "_layer_call_fn");
      auto& to = with_losses ? made.call_and_losses : made.call;
      to.concrete_functions.push_back(add(traced.function, name, arguments.names, inputs, std::move(outputs)));
    }
  }
  return made;
}

sm::FunctionObject CallFunctions::trace_loss(const std::string& name, const std::function<Tensor()>& loss) {
  Values given;
  const auto traced = graph::trace(name, {}, [&](auto) {
    const auto value = loss();
    given = structure_of(Values(value));
    return std::vector<Tensor>{value};
  });
  const auto none = tuple_value({tuple_value({}), dict_value({})});
  sm::FunctionObject function;
  function.arguments = argument_spec({}, {});
  function.concrete_functions.push_back(add(traced, name, {}, none, spec_values(given, {})));
  return function;
}

}  // namespace hornbeam
