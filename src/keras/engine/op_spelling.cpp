#include "keras/engine/op_spelling.h"

#include <unordered_map>

#include "graph/function.h"
#include "hornbeam/errors.hpp"
#include "keras/engine/op_layer.h"
#include "keras/engine/tensorflow_op_layer.h"

namespace hornbeam {
namespace {

std::string who_of(const Layer& layer) { return layer.class_name() + " layer '" + layer.name() + "'"; }

bool has_class(const std::string& class_name, Target target) {
  const bool operation = class_name.starts_with("ops>");
  if (target == Target::keras3) return operation;
  return class_name == TensorFlowOpLayer::kClassName || (!operation && target == Target::tf215);
}

OpSpelling tf_op_lambda(const Layer& layer, const OpForm& form) {
  auto [inputs, options] = tf_arguments(form);
  Config config{{"name", layer.name()},
                {"trainable", layer.trainable()},
                {"dtype", layer.dtype_policy()},
                {"function", form.function->name}};
  return {op_lambda_class(*form.function), std::move(config), std::move(inputs), std::move(options)};
}

OpSpelling operation(const Layer& layer, const OpForm& form) {
  Config config{{"name", layer.name()}};
  auto [inputs, options] = keras3_arguments(who_of(layer), form, config);
  return {form.function->keras3, std::move(config), std::move(inputs), std::move(options)};
}

// The values with other tensors in the place of the symbolic ones.
Values replaced(const Values& values, const std::unordered_map<const TensorImpl*, Tensor>& by) {
  auto leaves = values.flatten();
  for (auto& leaf : leaves) {
    if (const auto it = by.find(leaf.impl().get()); it != by.end()) leaf = it->second;
  }
  return values.pack_like(leaves);
}

// The one op that the function is; its nodes are counted in a trace.
OpSpelling tensorflow_op(const Layer& layer, const OpForm& form) {
  const auto call = tf_arguments(form);
  std::vector<Tensor> leaves;
  const auto take = [&](const Values& values) {
    for (const auto& t : values.flatten()) {
      if (is_keras_tensor(t)) leaves.push_back(t);
    }
  };
  take(call.inputs);
  for (const auto& [name, values] : call.options.tensors) take(values);
  std::vector<TensorSpec> specs;
  for (const auto& t : leaves) specs.push_back({t.dtype(), t.shape()});
  const auto function = graph::trace(layer.name(), specs, [&](std::span<const Tensor> traced) {
    std::unordered_map<const TensorImpl*, Tensor> by;
    for (std::size_t i = 0; i < leaves.size(); ++i) by.emplace(leaves[i].impl().get(), traced[i]);
    auto options = call.options;
    for (auto& [name, values] : options.tensors) values = replaced(values, by);
    return call_op_function(*form.function, who_of(layer), replaced(call.inputs, by), options).flatten();
  });
  const auto& graph = function->graph;
  const graph::Node* only = nullptr;
  bool single = true;
  for (const auto& node : graph.nodes) {
    if (node.op->name == "_Arg" || node.op->name == "Const") continue;
    single = single && !only;
    only = &node;
  }
  if (!only || !single) {
    throw ValueError(who_of(layer) + " calls tf." + form.function->name +
                     ", which is not one op, as a layer of tf2.2 must be. Choose another target, or change the layer.");
  }
  std::vector<Tensor> inputs;
  Values::List given;
  for (const auto& input : only->inputs) {
    const auto* value = graph::constant_value(graph, input);
    if (value) {
      inputs.push_back(*value);
      continue;
    }
    const auto at = std::ranges::find(function->arguments, input.node) - function->arguments.begin();
    inputs.push_back(leaves.at(static_cast<std::size_t>(at)));
    given.emplace_back(inputs.back());
  }
  const LayerOptions options{.name = layer.name(), .dtype = layer.dtype_policy(), .trainable = layer.trainable()};
  const auto made = tensorflow_op_layer(*only->op, inputs, only->attrs, options);
  return {made->class_name(), made->get_config(), given.size() == 1 ? given[0] : Values(given), {}};
}

}  // namespace

std::string name_for(const Layer& layer, Target target) {
  const bool prefixed = target == Target::tf22 && is_op_layer(layer);
  return prefixed ? prefixed_op_name(layer.name()) : layer.name();
}

bool is_op_layer(const Layer& layer) { return dynamic_cast<const OpLayer*>(&layer) != nullptr; }

std::optional<OpSpelling> op_spelling(const Layer& layer, const KerasNode& node, Target target) {
  const auto* op = dynamic_cast<const OpLayer*>(&layer);
  if (!op || has_class(layer.class_name(), target)) return {};
  const auto form = op->form(node);
  switch (target) {
    case Target::tf22:
      return tensorflow_op(layer, form);
    case Target::tf215:
      return tf_op_lambda(layer, form);
    case Target::keras3:
      break;
  }
  return operation(layer, form);
}

std::optional<Config> op_layer_object(const Layer& layer, Target target) {
  std::optional<Config> object;
  for (const auto& node : layer.inbound_nodes()) {
    auto spelling = op_spelling(layer, *node, target);
    if (!spelling) return {};
    Config made{{"class_name", std::move(spelling->class_name)}, {"config", std::move(spelling->config)}};
    if (object && *object != made) {
      throw ValueError(who_of(layer) + " is called in several ways, which " + name_of(target) +
                       " cannot do with one layer. Choose another target, or change the layer.");
    }
    object = std::move(made);
  }
  return object;
}

}  // namespace hornbeam
