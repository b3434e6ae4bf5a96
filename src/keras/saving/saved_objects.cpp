#include "keras/saving/saved_objects.h"

#include <algorithm>
#include <set>

#include "graph/export/names.h"
#include "hornbeam/layers/lookup.hpp"
#include "hornbeam/training.hpp"
#include "keras/saving/call_arguments.h"
#include "keras/saving/call_functions.h"
#include "keras/saving/kept_states.h"
#include "keras/saving/revived.h"
#include "keras/saving/saved_metadata.h"
#include "keras/saving/saved_metrics.h"
#include "keras/saving/serving_default.h"
#include "keras/saving/structured_specs.h"
#include "keras/serialization/dialect_tables.h"
#include "keras/training/layers.h"
#include "ops/text/lookup_table.h"

namespace hornbeam {
namespace {

namespace sm = formats::saved_model;
namespace tb = formats::tensor_bundle;

std::string dotted(const std::string& path) {
  if (path.empty()) return "root";
  auto result = "root." + path;
  std::replace(result.begin(), result.end(), '/', '.');
  return result;
}

class Builder {
 public:
  Builder(Model& model, const std::vector<track::WalkedObject>& walk, const WeightForms& forms,
          const SavedObjectsOptions& options, SaveReport& report)
      : model_(model), walk_(walk), forms_(forms), options_(options), report_(report) {}

  SavedObjects build() {
    for (const auto& object : walk_) add_walked(object);
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      if (const auto layer = std::dynamic_pointer_cast<Layer>(walk_[i].object)) add_lists(i, *layer);
    }
    CallFunctions functions(
        numbers_, out_.graph, [this](const auto& added) -> auto& { return metric_of(added); });
    const auto made = options_.save_traces ? trace_functions(functions) : Traced();
    add_checkpoint();
    add_functions(made);
    if (options_.save_traces) add_losses(functions);
    for (const auto& table : tables_) add_table(functions, table);
    add_signatures(functions);
    out_.functions = functions.take();
    return std::move(out_);
  }

 private:
  std::int32_t add(sm::SavedObject object) {
    nodes().push_back(std::move(object));
    return static_cast<std::int32_t>(nodes().size() - 1);
  }
  std::vector<sm::SavedObject>& nodes() { return out_.graph.nodes; }
  void add_child(std::size_t parent, std::int32_t child, std::string name) {
    nodes()[parent].children.push_back({child, std::move(name)});
  }
  std::int32_t add_object(const std::string& identifier) {
    sm::SavedObject object;
    object.what = sm::UserObject{identifier, ""};
    return add(std::move(object));
  }

  void add_walked(const track::WalkedObject& walked) {
    auto known = track::graph_node(walked);
    sm::SavedObject object;
    object.children = std::move(known.children);
    object.slots = std::move(known.slots);
    const auto id = static_cast<std::int32_t>(nodes().size());
    numbers_.emplace(walked.object.get(), id);
    if (auto table = walked.table()) {
      object.what = sm::ResourceObject{};
      tables_.push_back({std::move(table), id, walked.path});
    } else if (const auto variable = walked.variable()) {
      object.what = served(variable, walked.path, id);
    } else if (const auto layer = std::dynamic_pointer_cast<Layer>(walked.object); layer && !is_unknown_part(*layer)) {
      const auto identifier = keras_identifier(*layer, options_.dialect.target);
      const auto metadata =
          keras_metadata(*layer, options_.dialect, id == 0 ? options_.training_config : Config()).dump();
      object.what = sm::UserObject{identifier, metadata};
      out_.keras.push_back({id, dotted(walked.path), identifier, metadata});
    } else if (dynamic_cast<const OptimizerObject*>(walked.object.get())) {
      const auto generation = dynamic_cast<const OptimizerObject&>(*walked.object).generation();
      object.what =
          sm::UserObject{generation == OptimizerGeneration::legacy ? "optimizer" : "experimentalOptimizer", ""};
    } else if (dynamic_cast<const TrackableChildren*>(walked.object.get())) {
      const bool list = walked.children.empty() || walked.children[0].name == "0";
      object.what = sm::UserObject{list ? "trackable_list_wrapper" : "trackable_dict_wrapper", ""};
    } else {
      object.what = sm::UserObject{"_generic_user_object", ""};
    }
    add(std::move(object));
  }

  // The variable as an object, with its value in the bundle.
  sm::VariableObject served(const Variable& variable, const std::string& path, std::int32_t id) {
    const auto name = names_.node(variable->path());
    const auto key = tb::value_key(path);
    const auto dtype = forms_.dtype(*variable);
    out_.variables.emplace_back(key, variable);
    served_at_.emplace(id, served_.size());
    served_.push_back({name, key, dtype, variable->shape()});
    return {static_cast<int>(dtype), dtype, variable->shape(), variable->trainable(), name};
  }

  // A variable that is not reached by attributes. Its number, which it keeps when it is added again.
  std::int32_t add_variable(const Variable& variable, const std::string& path) {
    const auto id = static_cast<std::int32_t>(nodes().size());
    const auto known = numbers_.emplace(variable.get(), id);
    if (!known.second) return known.first->second;
    sm::SavedObject object;
    object.what = served(variable, path, id);
    return add(std::move(object));
  }

  // Keras has the states that a layer keeps below its own description of it, as lists.
  std::int32_t add_states(const StateTree& states, const std::string& path) {
    if (states.variable) return add_variable(states.variable, path);
    const auto list = add_object("trackable_list_wrapper");
    for (std::size_t i = 0; i < states.items.size(); ++i) {
      const auto number = std::to_string(i);
      const auto child = add_states(states.items[i], path + "/" + number);
      add_child(static_cast<std::size_t>(list), child, number);
    }
    return list;
  }

  template <class Objects>
  std::int32_t add_list(const Objects& objects) {
    const auto list = add_object("trackable_list_wrapper");
    int i = 0;
    for (const auto& object : objects) {
      const auto node = numbers_.find(object.get());
      if (node != numbers_.end()) add_child(static_cast<std::size_t>(list), node->second, std::to_string(i++));
    }
    return list;
  }

  void add_lists(std::size_t id, const Layer& layer) {
    if (dynamic_cast<const InputLayer*>(&layer)) return;
    add_child(id, add_list(layer.weights()), "variables");
    add_child(id, add_list(layer.trainable_weights()), "trainable_variables");
    add_child(id, add_object("trackable_list_wrapper"), "regularization_losses");
    const auto api = add_object("_generic_user_object");
    add_child(id, api, "keras_api");
    const auto* model = dynamic_cast<const Model*>(&layer);
    if (model || dynamic_cast<const RevivedObject*>(&layer)) {  // 2.2 finds them there
      add_child(static_cast<std::size_t>(api), add_list(model ? model->layers() : layer.sublayers()), "layers");
    }
    if (const auto states = kept_states(layer); !states.items.empty()) {
      const auto path = walk_[id].path + (walk_[id].path.empty() ? "" : "/") + "keras_api/states";
      add_child(static_cast<std::size_t>(api), add_states(states, path), "states");
    }
    api_[id] = api;
  }

  // Objects of the bundle are those of the model, by the same numbers.
  void add_checkpoint() {
    for (const auto& node : nodes()) {
      tb::ObjectGraph::Node object;
      object.children = node.children;
      object.slots = node.slots;
      out_.checkpoint.nodes.push_back(std::move(object));
    }
    for (const auto& [key, variable] : out_.variables) {
      const auto id = static_cast<std::size_t>(numbers_.at(variable.get()));
      out_.checkpoint.nodes[id].attributes.push_back({std::string(tb::kVariableValue), variable->path(), key, false});
    }
    for (const auto& [table, id, path] : tables_) {
      if (table->is_fixed()) continue;
      const auto key = tb::table_key(path);
      out_.checkpoint.nodes[static_cast<std::size_t>(id)].attributes.push_back(
          {std::string(tb::kTableValue), "", key, false});
      out_.tables.emplace_back(key + "-keys", table->contents().keys());
      out_.tables.emplace_back(key + "-values", table->contents().values());
    }
  }

  struct WalkedTable {
    std::shared_ptr<LookupTable> table;
    std::int32_t id;
    std::string path;
  };

  // What makes a table and fills it, as objects and, since signatures may use it, for the main graph.
  void add_table(CallFunctions& functions, const WalkedTable& walked) {
    const auto made = functions.trace_table(walked.table);
    const auto id = static_cast<std::size_t>(walked.id);
    add_child(id, add_function(made.create), "_create_resource");
    add_child(id, add_function(made.initialize), "_initialize");
    add_child(id, add_function(made.destroy), "_destroy_resource");
    if (!walked.table->is_fixed()) return;
    ServedVariable served{names_.node(walked.table->path()), "", DType::invalid, {}};
    served.table = {made.shared_name, walked.table->key_dtype(), walked.table->value_dtype(),
                    made.initialize.concrete_functions.at(0)};
    served_at_.emplace(walked.id, served_.size());
    served_.push_back(std::move(served));
  }

  std::int32_t add_function(sm::FunctionObject function) {
    sm::SavedObject object;
    object.what = std::move(function);
    return add(std::move(object));
  }

  // The lookup layer within a TextVectorization, which has no class of its own in 2.2.
  bool is_unknown_part(const Layer& layer) const {
    return dynamic_cast<const IndexLookupLayer*>(&layer) && layer.inbound_nodes().empty() &&
           !has_class(layer.class_name(), options_.dialect.target);
  }

  // Layers of whose calls Keras writes no functions: op layers, since 2.4.
  bool comes_from_config(const Layer& layer) const {
    const auto name = layer.class_name();
    // That of a TextVectorization is called inside of it alone, by what no shape tells.
    if (dynamic_cast<const IndexLookupLayer*>(&layer) && layer.inbound_nodes().empty()) return true;
    return options_.dialect.target != Target::tf22 && (name == "TFOpLambda" || name == "SlicingOpLambda");
  }

  // By the layer's number. Metrics that calls add are objects once they are traced, and stand before the functions.
  using Traced = std::vector<std::pair<std::size_t, CallFunctions::Made>>;
  Traced trace_functions(CallFunctions& functions) {
    Traced traced;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      const auto layer = std::dynamic_pointer_cast<Layer>(walk_[i].object);
      if (!layer || dynamic_cast<const InputLayer*>(layer.get()) || comes_from_config(*layer)) continue;
      auto arguments = arguments_of(*layer);
      if (!arguments) continue;  // never called: there is nothing to run
      // The model itself is what Keras's predict and fit call; models in it are called with lists.
      if (i == 0 && !dynamic_cast<const RevivedObject*>(layer.get())) {
        arguments->tuple = !dynamic_cast<const FunctionalModel*>(layer.get());
      }
      try {
        traced.emplace_back(i, functions.trace(*layer, *arguments));
      } catch (const Error& error) {
        if (i == 0) throw;
        report_.dropped.push_back("functions of " + layer->name() + ": " + error.what());
      }
    }
    return traced;
  }

  void add_functions(const Traced& traced) {
    for (const auto& [i, made] : traced) {
      const auto call = add_function(made.call), with_losses = add_function(made.call_and_losses);
      const auto api = static_cast<std::size_t>(api_.at(i));
      add_child(i, call, "__call__");
      add_child(i, with_losses, "call_and_return_all_conditional_losses");
      add_child(api, call, "__call__");
      add_child(api, with_losses, "call_and_return_conditional_losses");
      add_child(api, with_losses, "call_and_return_all_conditional_losses");
    }
  }

  // What is added to the loss without a call: by regularizers of weights, and by functions given to the layer.
  std::vector<std::int32_t> losses_of(const Layer& layer, CallFunctions& functions) {
    auto losses = layer.added_losses();
    for (const auto& weight : layer.own_weights()) {
      if (weight.regularizer) losses.push_back([&weight] { return (*weight.regularizer)(Tensor(weight.variable)); });
    }
    std::vector<std::int32_t> made;
    for (const auto& loss : losses) {
      try {
        made.push_back(add_function(functions.trace_loss(layer.name() + "_loss_fn", loss)));
      } catch (const Error& error) {
        report_.dropped.push_back("a loss of " + layer.name() + ": " + error.what());
      }
    }
    return made;
  }

  // Keras has them as two lists: of the layer itself, which those without a class take, and of all that it holds.
  void add_losses(CallFunctions& functions) {
    std::map<const Layer*, std::vector<std::int32_t>> own;
    for (const auto& walked : walk_) {
      if (const auto* layer = dynamic_cast<const Layer*>(walked.object.get()))
        own[layer] = losses_of(*layer, functions);
    }
    for (const auto& [id, api] : api_) {
      const auto& layer = dynamic_cast<const Layer&>(*walk_[id].object);
      std::vector<std::int32_t> all;
      training::for_each_layer(layer, [&](const Layer& inner) {
        const auto& losses = own[&inner];
        all.insert(all.end(), losses.begin(), losses.end());
      });
      if (all.empty()) continue;
      fill_list(child_of(id, "regularization_losses"), all);
      fill_list(part_of_api(id, "layer_regularization_losses", "trackable_list_wrapper"), own[&layer]);
    }
  }

  std::size_t child_of(std::size_t id, const std::string& name) {
    const auto& children = nodes()[id].children;
    const auto is_it = [&](const auto& child) { return child.name == name; };
    return static_cast<std::size_t>(std::ranges::find_if(children, is_it)->node);
  }
  void fill_list(std::size_t list, const std::vector<std::int32_t>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) add_child(list, items[i], std::to_string(i));
  }

  // What a call adds to, in this file: an object below the layer's description and, as a list, the model's.
  MetricObject& metric_of(const CallScope::AddedMetric& added) {
    const auto owner = numbers_.find(added.layer);
    const auto layer = owner == numbers_.end() || !api_.contains(static_cast<std::size_t>(owner->second))
                           ? 0
                           : static_cast<std::size_t>(owner->second);
    auto& known = metrics_[{layer, added.name}];
    if (!known) {
      known = metric_to_save(added);
      const auto path = walk_[layer].path + (layer == 0 ? "" : "/") + "keras_api/layer_metrics/";
      const auto node = add_metric(saved_form(*known), path + track::escaped_name(added.name));
      add_child(part_of_api(layer, "layer_metrics", "trackable_dict_wrapper"), node, added.name);
      for (const auto each : std::set<std::size_t>{layer, 0}) {
        const auto list = part_of_api(each, "metrics", "trackable_list_wrapper");
        add_child(list, node, std::to_string(nodes()[list].children.size()));
      }
    }
    return *known;
  }

  std::int32_t add_metric(const MetricObject& metric, const std::string& path) {
    const auto node = add_object("_tf_keras_metric");
    const auto metadata = metric_metadata(metric, options_.dialect.target).dump();
    nodes()[static_cast<std::size_t>(node)].what = sm::UserObject{"_tf_keras_metric", metadata};
    out_.keras.push_back({node, dotted(path), "_tf_keras_metric", metadata});
    for (const auto& [name, variable] : metric.edges()) {
      const auto state = std::dynamic_pointer_cast<VariableNode>(variable);
      if (state) add_child(static_cast<std::size_t>(node), add_variable(state, path + "/" + name), name);
    }
    const auto variables = add_list(metric.variables()), api = add_object("_generic_user_object");
    add_child(static_cast<std::size_t>(node), variables, "variables");
    add_child(static_cast<std::size_t>(node), api, "keras_api");
    add_child(static_cast<std::size_t>(api), variables, "variables");
    return node;
  }

  // A list or dict in what Keras says of the layer; made when first asked for.
  std::size_t part_of_api(std::size_t layer, const std::string& name, const std::string& kind) {
    const auto api = static_cast<std::size_t>(api_.at(layer));
    for (const auto& child : nodes()[api].children) {
      if (child.name == name) return static_cast<std::size_t>(child.node);
    }
    const auto made = add_object(kind);
    add_child(api, made, name);
    return static_cast<std::size_t>(made);
  }

  void add_signatures(CallFunctions& functions) {
    Signatures::Map map;
    if (options_.signatures.given()) {
      map = options_.signatures.map();
    } else if (options_.save_traces) {
      map.emplace("serving_default", predicting(model_));
    }
    std::vector<ServedSignature> served;
    for (const auto& [key, function] : map) {
      auto traced = functions.trace_signature(key, function);
      std::vector<std::size_t> captures;
      for (const auto node : out_.graph.concrete_functions.at(traced.function).bound_inputs) {
        captures.push_back(served_at_.at(node));
      }
      served.push_back({std::move(traced.signature), std::move(traced.function), std::move(captures)});
    }
    out_.serving = serving_graph(served_, served);
    std::vector<std::int32_t> nodes_of;
    for (const auto& one : served) {
      sm::BareFunction bare;
      bare.concrete_function = one.function;
      for (const auto& input : one.signature.inputs) bare.argument_keywords.push_back(input.first);
      bare.allowed_positional = one.signature.inputs.size() == 1 ? 1 : 0;
      sm::SavedObject object;
      object.what = std::move(bare);
      nodes_of.push_back(add(std::move(object)));
    }
    const auto signature_map = add_object("signature_map");
    add_child(0, signature_map, "signatures");
    out_.signatures = {{"__saved_model_init_op", {}, {{"__saved_model_init_op", {"NoOp", 0, Shape::unknown()}}}, ""}};
    for (std::size_t i = 0; i < served.size(); ++i) {
      add_child(static_cast<std::size_t>(signature_map), nodes_of[i], served[i].signature.key);
      out_.signatures.push_back(std::move(served[i].signature));
    }
  }

  Model& model_;
  const std::vector<track::WalkedObject>& walk_;
  const WeightForms& forms_;
  const SavedObjectsOptions& options_;
  SaveReport& report_;
  SavedObjects out_;
  graph::ExportNames names_;
  std::map<const Trackable*, std::int32_t> numbers_;  // of what was walked
  std::vector<ServedVariable> served_;
  std::vector<WalkedTable> tables_;
  std::map<std::int32_t, std::size_t> served_at_;                                         // by the variable's number
  std::map<std::size_t, std::int32_t> api_;                                               // by layer
  std::map<std::pair<std::size_t, std::string>, std::shared_ptr<MetricObject>> metrics_;  // by layer and name
};

}  // namespace

SavedObjects saved_objects(Model& model, const std::vector<track::WalkedObject>& walk, const WeightForms& forms,
                           const SavedObjectsOptions& options, SaveReport& report) {
  return Builder(model, walk, forms, options, report).build();
}

}  // namespace hornbeam
