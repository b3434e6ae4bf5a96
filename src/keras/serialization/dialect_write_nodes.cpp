#include <set>
#include <unordered_map>

#include "hornbeam/errors.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/serialization/dialect_write.h"

namespace hornbeam {
namespace {

bool is_functional(const Layer& layer) {
  return dynamic_cast<const FunctionalModel*>(&layer) && !dynamic_cast<const SequentialModel*>(&layer);
}

}  // namespace

struct Keras3Nodes::Index {
  std::unordered_map<const KerasNode*, std::int64_t> number;
  std::unordered_map<const Layer*, std::vector<std::shared_ptr<KerasNode>>> of_layer;

  Config history(const Tensor& t, std::int64_t offset) const {
    const auto* k = as_keras_tensor(t);
    const auto at = k ? number.find(k->node.get()) : number.end();
    if (at == number.end()) throw ValueError("a tensor that is no part of the model cannot be written in its config");
    auto list = Config::list();
    list.push_back(k->node->layer->name());
    list.push_back(at->second + offset);
    list.push_back(k->tensor_index);
    return list;
  }

  // `leaf` makes the config of one tensor.
  template <class Leaf>
  static Config nested(const Values& values, const Leaf& leaf) {
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

  Config argument(const Values& values) const {
    return nested(values, [this](const Tensor& t) {
      return Config{{"class_name", "__keras_tensor__"},
                    {"config", Config{{"shape", shape_config(t.shape())},
                                      {"dtype", std::string(name_of(t.dtype()))},
                                      {"keras_history", history(t, 0)}}}};
    });
  }

  Config node(const KerasNode& node) const {
    auto args = Config::list();
    args.push_back(argument(node.inputs));
    const auto& options = node.options;
    auto kwargs = Config::dict();
    // What stands in every node of this layer, unless the call says otherwise; a call with states says nothing else.
    if (options.initial_state.is_none()) kwargs = keras3_call_defaults(node.layer->class_name());
    if (options.training) kwargs.set("training", *options.training);
    if (!options.mask.is_none()) kwargs.set("mask", argument(options.mask));
    if (!options.initial_state.is_none()) kwargs.set("initial_state", argument(options.initial_state));
    // Positional arguments after the first are kept as "arg1", "arg2", ...
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
    const auto positional = [&](const std::string& key) {
      return key.starts_with("arg") && key.size() > 3 && key[3] >= '0' && key[3] <= '9';
    };
    for (const auto& [key, values] : options.tensors) {
      if (!positional(key)) kwargs.set(key, argument(values));
    }
    if (options.kwargs.is_dict()) {
      for (const auto& [key, value] : options.kwargs.as_dict()) {
        if (!positional(key)) kwargs.set(key, value);
      }
    }
    return Config{{"args", std::move(args)}, {"kwargs", std::move(kwargs)}};
  }
};

Keras3Nodes::Keras3Nodes(const FunctionalModel& model) : index_(std::make_unique<Index>()) {
  std::set<const KerasNode*> placed;
  for (const auto& node : model.nodes()) placed.insert(node.node.get());
  for (const auto& layer : model.layers()) {
    auto& nodes = index_->of_layer[layer.get()];
    for (const auto& node : layer->inbound_nodes()) {
      if (!placed.contains(node.get())) continue;
      index_->number[node.get()] = static_cast<std::int64_t>(nodes.size());
      nodes.push_back(node);
    }
  }
}

Keras3Nodes::~Keras3Nodes() = default;

Config Keras3Nodes::inbound(const Layer& layer) const {
  auto list = Config::list();
  const auto it = index_->of_layer.find(&layer);
  if (it == index_->of_layer.end()) return list;
  for (const auto& node : it->second) {
    if (!node->is_input()) list.push_back(index_->node(*node));
  }
  return list;
}

Config Keras3Nodes::ends(const Values& values) const {
  return Index::nested(values, [this](const Tensor& t) {
    // Keras 3 counts the creation of a nested functional model here, but not in the nodes.
    return index_->history(t, is_functional(*as_keras_tensor(t)->node->layer) ? 1 : 0);
  });
}

}  // namespace hornbeam
