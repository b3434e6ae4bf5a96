#include "keras/serialization/graph_writer.h"

#include <cctype>
#include <unordered_set>
#include <utility>

#include "hornbeam/errors.hpp"
#include "hornbeam/layers/attention.hpp"
#include "hornbeam/layers/projected_attention.hpp"
#include "hornbeam/layers/rnn.hpp"
#include "keras/engine/graph_map.h"
#include "keras/engine/op_call.h"
#include "keras/engine/op_spelling.h"
#include "keras/serialization/shape_config.h"

namespace hornbeam {
namespace {

// The structure of `values`; `leaf` makes the config of one tensor.
template <class Leaf>
Config nested(const Values& values, const Leaf& leaf) {
  if (values.is_none()) return {};
  if (values.is_tensor()) return leaf(values.tensor());
  if (values.is_dict()) {
    auto dict = Config::dict();
    for (const auto& [key, item] : values.dict()) dict.set(key, nested(item, leaf));
    return dict;
  }
  auto list = Config::list();
  for (const auto& item : values.list()) list.push_back(nested(item, leaf));
  return list;
}

// Dict keys in the order of `like`, where it has the same; the rest as they stand.
Config in_order_of(const Config& config, const Config& like) {
  if (config.is_list() && like.is_list() && config.size() == like.size()) {
    auto list = Config::list();
    for (std::size_t i = 0; i < config.size(); ++i) list.push_back(in_order_of(config.at(i), like.at(i)));
    return list;
  }
  if (!config.is_dict() || !like.is_dict()) return config;
  auto dict = Config::dict();
  for (const auto& [key, item] : like.as_dict()) {
    if (const auto* found = config.find(key)) dict.set(key, in_order_of(*found, item));
  }
  for (const auto& [key, item] : config.as_dict()) {
    if (!dict.has(key)) dict.set(key, item);
  }
  return dict;
}

// Positional arguments after the first are kept under "arg1", "arg2", ...
bool is_positional(std::string_view key) {
  return key.starts_with("arg") && key.size() > 3 && std::isdigit(static_cast<unsigned char>(key[3]));
}

// Plain data that is written before tensors: as Keras 3 orders its arguments.
bool comes_first(std::string_view key) { return key == "training"; }

// The keyword arguments of a call; `argument` makes the config of tensors.
template <class Argument>
void add_keywords(const CallOptions& options, const Argument& argument, Config& kwargs) {
  if (options.training) kwargs.set("training", *options.training);
  if (options.kwargs.is_dict()) {
    for (const auto& [key, value] : options.kwargs.as_dict()) {
      if (comes_first(key)) kwargs.set(key, value);
    }
  }
  if (!options.mask.is_none()) kwargs.set("mask", argument(options.mask));
  if (!options.initial_state.is_none()) kwargs.set("initial_state", argument(options.initial_state));
  for (const auto& [key, values] : options.tensors) {
    if (!is_positional(key)) kwargs.set(key, argument(values));
  }
  if (!options.kwargs.is_dict()) return;
  for (const auto& [key, value] : options.kwargs.as_dict()) {
    if (!is_positional(key)) kwargs.set(key, value);
  }
}

// A call as the target's Keras spells it.
struct Arguments {
  std::string class_name;
  Values inputs;
  CallOptions options;
};

Arguments arguments_of(const KerasNode& node, Target target) {
  if (auto op = op_spelling(*node.layer, node, target)) {
    return {std::move(op->class_name), std::move(op->inputs), std::move(op->options)};
  }
  return {node.layer->class_name(), node.inputs, node.options};
}

// tf.keras 2 appends symbolic initial states and constants of recurrent layers to their inputs.
Arguments with_states_as_inputs(const KerasNode& node, Target target) {
  auto call = arguments_of(node, target);
  Values::List more;
  const auto take = [&](const Values& values) {
    for (const auto& t : values.flatten()) more.emplace_back(t);
  };
  if (any_keras_tensor(call.options.initial_state)) take(std::exchange(call.options.initial_state, {}));
  auto& tensors = call.options.tensors;
  const auto constants = dynamic_cast<const RNNLayer*>(node.layer.get()) ? tensors.find("constants") : tensors.end();
  if (constants != tensors.end() && any_keras_tensor(constants->second)) {
    take(constants->second);
    tensors.erase(constants);
  }
  if (more.empty()) return call;
  more.insert(more.begin(), call.inputs);
  call.inputs = Values(std::move(more));
  return call;
}

// tf.keras 2 names all arguments but the first; Keras 3 keeps the places of those that were given by place.
void name_arguments(const Layer& layer, CallOptions& options) {
  if (!dynamic_cast<const ProjectedAttentionLayer*>(&layer)) return;
  const auto& names = ProjectedAttentionLayer::argument_names();
  for (std::size_t i = 1; i < names.size(); ++i) {
    const auto place = "arg" + std::to_string(i);
    if (const auto it = options.tensors.find(place); it != options.tensors.end()) {
      options.tensors.emplace(names[i], it->second);
      options.tensors.erase(place);
    }
    if (const auto* plain = options.kwargs.find(place)) {
      const auto value = *plain;
      options.kwargs.erase(place);
      if (!value.is_null()) options.kwargs.set(names[i], value);
    }
  }
}

// What attention layers are told by the call in one Keras and by their config in another (dialect_write.cpp).
void move_causal(const Layer& layer, Target target, Config& kwargs) {
  const auto* attention = dynamic_cast<const DenseAttentionLayer*>(&layer);
  if (!attention) return;
  if (target == Target::tf22) {
    for (const auto* key : {"use_causal_mask", "return_attention_scores"}) kwargs.erase(key);
  }
  if (target == Target::keras3 && attention->causal()) kwargs.set("use_causal_mask", true);
}

// As the signature has them.
Config in_signature_order(const Layer& layer, const Config& kwargs) {
  if (!dynamic_cast<const ProjectedAttentionLayer*>(&layer)) return kwargs;
  auto like = Config::dict();
  for (const auto& name : ProjectedAttentionLayer::argument_names()) like.set(name, nullptr);
  return in_order_of(kwargs, like);
}

// An array among the arguments, which Keras 3 takes for a list of arguments when it stands as a list. It promotes
// dtypes where tf.keras converts the array to that of the tensors (`beside`): the wide dtypes that constants of its
// configs are read as are not written.
Config array_config(const Tensor& t, DType beside) {
  if (t.shape().rank() == 0) return constant_config(t);
  const bool wide = t.dtype() == DType::float64 ? is_floating(beside) : t.dtype() == DType::int64 && is_integer(beside);
  const auto dtype = wide ? beside : t.dtype();
  return {{"class_name", "__tensor__"},
          {"config", Config{{"value", constant_config(t)}, {"dtype", std::string(name_of(dtype))}}}};
}

// The dtype of the first tensor of the graph among the arguments.
DType tensors_dtype(const Arguments& node) {
  auto tensors = node.inputs.flatten();
  for (const auto& [key, values] : node.options.tensors) {
    for (auto& t : values.flatten()) tensors.push_back(std::move(t));
  }
  const auto found = std::find_if(tensors.begin(), tensors.end(), is_keras_tensor);
  return found == tensors.end() ? DType::float64 : found->dtype();
}

}  // namespace

bool counts_creation(const Layer& layer, Target target) {
  if (target == Target::keras3 || !skips_first_node(layer)) return false;
  // 2.2 never gives a Sequential that was built by its first call a graph.
  const auto* sequential = dynamic_cast<const SequentialModel*>(&layer);
  return target != Target::tf22 || !sequential || !sequential->build_input_shape();
}

GraphWriter::GraphWriter(const FunctionalModel& model, Target target, FunctionalModel::Extent extent)
    : target_(target) {
  std::unordered_set<const KerasNode*> placed;
  for (const auto& node : model.nodes_up_to(extent)) placed.insert(node.node.get());
  for (const auto& layer : model.layers_up_to(extent)) {
    auto& nodes = nodes_[layer.get()];
    std::int64_t next = counts_creation(*layer, target) ? 1 : 0;
    for (const auto& node : layer->inbound_nodes()) {
      if (!placed.contains(node.get())) continue;
      number_[node.get()] = next++;
      nodes.push_back(node);
    }
  }
}

Config GraphWriter::inbound(const Layer& layer) const {
  auto list = Config::list();
  const auto it = nodes_.find(&layer);
  if (it == nodes_.end()) return list;
  for (const auto& node : it->second) {
    if (!node->is_input()) list.push_back(target_ == Target::keras3 ? keras3_node(*node) : this->node(*node));
  }
  return list;
}

Config GraphWriter::ends(const Values& values, const Config& like) const {
  const auto written = nested(values, [this](const Tensor& t) {
    // Keras 3 counts the creation of a nested functional model here, but not in the nodes.
    const auto& layer = *as_keras_tensor(t)->node->layer;
    const bool sequential = dynamic_cast<const SequentialModel*>(&layer) != nullptr;
    return reference(t, target_ == Target::keras3 && skips_first_node(layer) && !sequential ? 1 : 0);
  });
  if (target_ != Target::keras3 && values.is_tensor()) {
    auto list = Config::list();
    list.push_back(written);
    return list;
  }
  return in_order_of(written, like);
}

Config GraphWriter::reference(const Tensor& tensor, std::int64_t offset) const {
  const auto* k = as_keras_tensor(tensor);
  const auto at = k ? number_.find(k->node.get()) : number_.end();
  if (at == number_.end()) throw ValueError("a tensor that is no part of the model cannot be written in its config");
  auto list = Config::list();
  list.push_back(name_for(*k->node->layer, target_));
  list.push_back(at->second + offset);
  list.push_back(k->tensor_index);
  return list;
}

// tf.keras 2: [layer, node, tensor, kwargs] for each tensor of the first argument, in its structure.
Config GraphWriter::node(const KerasNode& given) const {
  const auto plain = [this](const Values& values) {
    return nested(values,
                  [this](const Tensor& t) { return is_keras_tensor(t) ? reference(t, 0) : constant_config(t); });
  };
  auto node = with_states_as_inputs(given, target_);
  name_arguments(*given.layer, node.options);
  auto kwargs = Config::dict();
  add_keywords(node.options, plain, kwargs);
  kwargs = in_signature_order(*given.layer, kwargs);
  move_causal(*given.layer, target_, kwargs);
  // Kept there from Keras 3, where the call around it decides.
  for (const auto* key : {"mask", "training"}) {
    if (node.options.kwargs.has(key)) kwargs.erase(key);
  }
  auto config = nested(node.inputs, [&](const Tensor& t) {
    auto list = is_keras_tensor(t) ? reference(t, 0) : Config(Config::List{"_CONSTANT_VALUE", -1, constant_config(t)});
    list.push_back(kwargs);
    return list;
  });
  // One tensor stands in a list of its own, except where the layer keeps the structure (op-lambdas).
  if (!node.inputs.is_tensor() || node.class_name.ends_with("OpLambda")) return config;
  auto list = Config::list();
  list.push_back(std::move(config));
  return list;
}

namespace {

// Keras 3 says of its lookup layers' outputs what they are not.
std::string dtype_said_by_keras3(const Tensor& t) {
  const auto& layer = as_keras_tensor(t)->node->layer;
  const auto name = layer ? layer->class_name() : std::string();
  if (name != "StringLookup" && name != "IntegerLookup" && name != "TextVectorization") {
    return std::string(name_of(t.dtype()));
  }
  return layer->get_config().get_string("output_mode", "int") == "int" ? "int64" : "float32";
}

}  // namespace

Config GraphWriter::keras3_argument(const Values& values, DType beside) const {
  return nested(values, [&](const Tensor& t) {
    if (!is_keras_tensor(t)) return array_config(t, beside);
    return Config{{"class_name", "__keras_tensor__"},
                  {"config", Config{{"shape", shape_config(t.shape())},
                                    {"dtype", dtype_said_by_keras3(t)},
                                    {"keras_history", reference(t, 0)}}}};
  });
}

Config GraphWriter::keras3_node(const KerasNode& given) const {
  const auto node = arguments_of(given, target_);
  const auto argument = [this, beside = tensors_dtype(node)](const Values& values) {
    return keras3_argument(values, beside);
  };
  const auto& options = node.options;
  auto args = Config::list();
  args.push_back(argument(node.inputs));
  for (int i = 1;; ++i) {
    const auto key = "arg" + std::to_string(i);
    if (const auto it = options.tensors.find(key); it != options.tensors.end()) {
      args.push_back(argument(it->second));
    } else if (const auto* plain = options.kwargs.find(key)) {
      args.push_back(*plain);
    } else {
      break;
    }
  }
  auto kwargs = Config::dict();
  add_keywords(options, argument, kwargs);
  kwargs = in_signature_order(*given.layer, kwargs);
  move_causal(*given.layer, target_, kwargs);
  // What stands in the nodes of this layer, unless the call says something.
  const bool lambda_of_several = node.class_name == "Lambda" && !given.inputs.is_tensor();  // which gets no mask
  if (kwargs.size() == 0 && !lambda_of_several) kwargs = keras3_call_defaults(node.class_name);
  return Config{{"args", std::move(args)}, {"kwargs", std::move(kwargs)}};
}

}  // namespace hornbeam
