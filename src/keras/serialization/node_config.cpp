#include "keras/serialization/node_config.h"

#include "keras/engine/op_call.h"

namespace hornbeam {
namespace {

const Config* keras_history(const Config& config) {
  const auto* name = config.find("class_name");
  if (!name || *name != Config("__keras_tensor__")) return nullptr;
  const auto* inner = config.find("config");
  return inner ? inner->find("keras_history") : nullptr;
}

// What stands for a layer's name where an argument is a constant.
constexpr const char* kConstant = "_CONSTANT_VALUE";

std::optional<TensorRef> any_ref(const Config& config) {
  if (const auto* history = keras_history(config)) return as_tensor_ref(*history);
  return as_tensor_ref(config);
}

void collect(const Config& config, std::vector<TensorRef>& out) {
  if (auto ref = any_ref(config)) {
    // A constant first argument names no layer.
    if (ref->layer != kConstant) out.push_back(std::move(*ref));
    if (config.is_list() && config.size() == 4) collect(config.at(3), out);
    return;
  }
  if (config.is_list()) {
    for (const auto& item : config.as_list()) collect(item, out);
  } else if (config.is_dict()) {
    for (const auto& [key, value] : config.as_dict()) collect(value, out);
  }
}

bool holds_ref(const Config& config) {
  std::vector<TensorRef> refs;
  collect(config, refs);
  return !refs.empty();
}

Values resolve_values(const Config& config, const Resolve& resolve) {
  if (const auto ref = any_ref(config)) {
    return ref->layer == kConstant && config.is_list() ? constant_tensor(config.at(2)) : resolve(*ref);
  }
  if (config.is_list()) {
    Values::List list;
    for (const auto& item : config.as_list()) list.push_back(resolve_values(item, resolve));
    return Values(std::move(list));
  }
  if (array_of(config)) return constant_tensor(config);
  if (config.is_dict()) {
    Values::Dict dict;
    for (const auto& [key, value] : config.as_dict()) dict.emplace(key, resolve_values(value, resolve));
    return Values(std::move(dict));
  }
  if (config.is_null()) return {};
  if (config.is_number() || config.is_bool()) return constant_tensor(config);  // an op layer's
  throw ValueError("a functional config has " + config.dump() + " where a tensor should stand");
}

// Initial states that are no outputs of layers: a list of arrays.
Values constant_states(const Config& config) {
  if (config.is_null()) return {};
  Values::List states;
  for (const auto& item : config.as_list()) states.emplace_back(constant_tensor(item));
  return Values(std::move(states));
}

// The kwargs of a 2.x node stand on every leaf; the first is used.
const Config* first_kwargs(const Config& node) {
  if (as_tensor_ref(node)) return node.size() == 4 ? &node.at(3) : nullptr;
  if (node.is_list()) {
    for (const auto& item : node.as_list()) {
      if (const auto* found = first_kwargs(item)) return found;
    }
  } else if (node.is_dict()) {
    for (const auto& [key, value] : node.as_dict()) {
      if (const auto* found = first_kwargs(value)) return found;
    }
  }
  return nullptr;
}

// A list of one reference is that reference, as Keras unnests it.
Config unnest_single(const Config& node) {
  if (!as_tensor_ref(node) && node.is_list() && node.size() == 1 && as_tensor_ref(node.at(0))) return node.at(0);
  return node;
}

}  // namespace

std::optional<TensorRef> as_tensor_ref(const Config& config) {
  if (!config.is_list()) return std::nullopt;
  const auto& items = config.as_list();
  if (items.size() != 3 && items.size() != 4) return std::nullopt;
  if (!items[0].is_string() || !items[1].is_int()) return std::nullopt;
  if (items[0] == Config(kConstant)) return TensorRef{kConstant, -1, 0};
  if (!items[2].is_int()) return std::nullopt;
  if (items.size() == 4 && !items[3].is_dict()) return std::nullopt;
  return TensorRef{items[0].as_string(), items[1].as_int(), items[2].as_int()};
}

NodeConfig parse_node(const Config& node) {
  NodeConfig out;
  if (node.is_dict() && node.has("args") && node.has("kwargs")) {
    out.keras3 = true;
    const auto& args = node.at("args").as_list();
    if (!args.empty()) out.inputs = args[0];
    if (args.size() > 1) out.extra_args.assign(args.begin() + 1, args.end());
    out.kwargs = node.at("kwargs");
    collect(node.at("args"), out.references);
    collect(out.kwargs, out.references);
    return out;
  }
  out.inputs = unnest_single(node);
  if (const auto* kwargs = first_kwargs(node)) out.kwargs = *kwargs;
  collect(node, out.references);
  return out;
}

Values resolve_inputs(const NodeConfig& node, const Resolve& resolve) {
  // ["_CONSTANT_VALUE", -1, value, kwargs]: an op layer called on a constant.
  if (node.inputs.is_list() && node.inputs.size() >= 3 && node.inputs.at(0) == Config(kConstant)) {
    return constant_tensor(node.inputs.at(2));
  }
  return resolve_values(node.inputs, resolve);
}

CallOptions resolve_options(const NodeConfig& node, const Resolve& resolve) {
  CallOptions options;
  for (std::size_t i = 0; i < node.extra_args.size(); ++i) {
    const auto key = "arg" + std::to_string(i + 1);
    if (holds_ref(node.extra_args[i])) {
      options.tensors.emplace(key, resolve_values(node.extra_args[i], resolve));
    } else {
      options.kwargs.set(key, node.extra_args[i]);
    }
  }
  if (!node.kwargs.is_dict()) return options;
  for (const auto& [key, value] : node.kwargs.as_dict()) {
    if (node.keras3 && (key == "training" || key == "mask") && !holds_ref(value)) {
      options.kwargs.set(key, value);  // Keras 3 asks the call around it: kept to be written again
    } else if (key == "training") {
      if (value.is_bool()) options.training = value.as_bool();
    } else if (key == "mask") {
      if (holds_ref(value)) options.mask = resolve_values(value, resolve);
    } else if (key == "initial_state") {
      options.initial_state = holds_ref(value) ? resolve_values(value, resolve) : constant_states(value);
    } else if (holds_ref(value)) {
      options.tensors.emplace(key, resolve_values(value, resolve));
    } else {
      options.kwargs.set(key, value);
    }
  }
  return options;
}

}  // namespace hornbeam
