#include "keras/saving/revived.h"

#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/fields.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/saving/kept_states.h"
#include "keras/saving/revived_parts.h"
#include "keras/saving/saved_metrics.h"
#include "keras/serialization/shape_config.h"

namespace hornbeam {
namespace {

// What revived layers and models share: the node's functions and variables.
class RevivedNode {
 public:
  RevivedNode(std::shared_ptr<const RestoredObjects> objects, std::int32_t node) : objects_(std::move(objects)) {
    if (const auto call = call_of_saved(*objects_, node)) {
      function_ = call->function;
      gives_losses_ = call->gives_losses;
    }
    const auto list = [&](const char* name) {
      const auto id = objects_->objects().child(node, name);
      return id ? objects_->variables(*id) : std::vector<Variable>();
    };
    all_ = list("variables");
    const auto trained = list("trainable_variables");
    for (const auto& v : all_) {
      (std::find(trained.begin(), trained.end(), v) != trained.end() ? trainable_ : rest_).push_back(v);
    }
    find_bound();
    metrics_.emplace(*objects_, node, bound_);
    // Its own, those of its layers are theirs; files that do not tell them apart have one list.
    const auto api = objects_->objects().child(node, "keras_api");
    auto losses = api ? objects_->objects().child(*api, "layer_regularization_losses") : std::nullopt;
    if (!losses) losses = objects_->objects().child(node, "regularization_losses");
    if (losses) {
      for (const auto id : objects_->objects().list(*losses)) {
        if (objects_->objects().node(id).function()) losses_.push_back(id);
      }
    }
  }

  Values call(const Layer& layer, const Values& inputs, CallContext& context) const {
    if (!function_) {
      throw ValueError("Layer " + layer.name() + " of class " + layer.class_name() +
                       " was saved without its call function (save_traces=False, or it was never called): register its "
                       "class, or pass it in custom_objects");
    }
    RestoredArguments arguments{{plain(inputs)}, {}};
    const auto names = objects_->argument_names(*function_);
    const auto takes = [&](const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (takes("training")) arguments.keywords.emplace("training", Config(context.training()));
    for (const auto& [name, values] : context.options().tensors) {
      if (takes(name)) arguments.keywords.emplace(name, plain(values));
    }
    if (const auto& kwargs = context.options().kwargs; kwargs.is_dict()) {
      for (const auto& [name, value] : kwargs.as_dict()) {
        if (takes(name)) arguments.keywords.emplace(name, value);
      }
    }
    // After the step, as moving averages of other layers are: whoever only asks for gradients changes nothing.
    SavedMetrics::Assigned of_metrics;
    const auto result = objects_->call(*function_, arguments, [&](const Variable& variable, const Tensor& value) {
      if (metrics_->has(variable)) {
        of_metrics.insert_or_assign(variable.get(), value);
      } else {
        context.update_moving_average(variable, value, 0.0);
      }
    });
    metrics_->add_to(context, of_metrics);
    if (!gives_losses_) return result;
    if (!result.is_list() || result.size() != 2) {
      throw ValueError("the call function of layer " + layer.name() + " gives no losses beside its outputs");
    }
    for (const auto& loss : result[1].flatten()) context.add_loss(loss);
    return result[0];
  }

  const std::vector<Variable>& all() const { return all_; }
  const std::vector<Variable>& trained() const { return trainable_; }
  const std::vector<Variable>& rest() const { return rest_; }
  const RestoredObjects& objects() const { return *objects_; }
  // What its functions use beside its weights and the metrics that it adds.
  std::vector<Variable> kept() const {
    std::vector<Variable> result;
    for (const auto id : bound_) {
      const auto variable = objects_->variable(id);
      if (std::ranges::find(all_, variable) == all_.end() && !metrics_->has(variable)) result.push_back(variable);
    }
    return result;
  }
  Values inputs() const { return function_ ? inputs_of_saved(*objects_, *function_) : Values(); }
  bool takes_tuple() const { return function_ && takes_saved_tuple(*objects_, *function_); }

  void add_losses(Layer& layer) const {
    for (const auto id : losses_) {
      layer.add_loss([objects = objects_, id] { return objects->call(id, {}).tensor(); });
    }
  }

 private:
  // Functions match by structure: a list of tensors is one, a mask is none of it.
  static Values plain(const Values& inputs) {
    return inputs.pack_like(inputs.flatten(), std::vector<Tensor>(inputs.flatten().size()));
  }
  // Variables that the function has, each once.
  void find_bound() {
    if (!function_) return;
    for (const auto& name : objects_->objects().node(*function_).function()->concrete_functions) {
      const auto concrete = objects_->objects().concrete_functions.find(name);
      if (concrete == objects_->objects().concrete_functions.end()) continue;
      for (const auto id : concrete->second.bound_inputs) {
        const bool seen = std::ranges::find(bound_, id) != bound_.end();
        if (!seen && objects_->objects().node(id).variable()) bound_.push_back(id);
      }
    }
  }

  std::shared_ptr<const RestoredObjects> objects_;
  std::optional<std::int32_t> function_;
  bool gives_losses_ = true;
  std::vector<Variable> all_, trainable_, rest_;
  std::vector<std::int32_t> losses_;
  std::vector<std::int32_t> bound_;
  std::optional<SavedMetrics> metrics_;
};

LayerOptions options_of(const SavedLayer& saved) {
  LayerOptions options{.name = saved.name()};
  if (const auto* trainable = saved.metadata.find("trainable"); trainable && trainable->is_bool()) {
    options.trainable = trainable->as_bool();
  }
  return options;
}

Config config_of(const SavedLayer& saved) {
  if (const auto* config = saved.metadata.find("config"); config && config->is_dict()) return *config;
  throw NotImplementedError("Layer " + saved.name() + " of class " + saved.class_name() +
                            " was saved without a config: its class has no get_config");
}

// The layers among the parts and in what these hold, each once.
void add_layers_of(const Trackable& holder, std::vector<std::shared_ptr<Layer>>& layers) {
  for (const auto& [name, child] : holder.edges()) {
    if (const auto layer = std::dynamic_pointer_cast<Layer>(child)) {
      if (std::ranges::find(layers, layer) == layers.end()) layers.push_back(layer);
    } else if (child) {
      add_layers_of(*child, layers);
    }
  }
}

// Base is Layer or Model.
template <class Base, class Options>
class Revived : public Base, public KeepsStates, public RevivedObject {
 public:
  Revived(std::shared_ptr<const RestoredObjects> objects, SavedParts& parts, SavedLayer saved, const Options& options)
      : Base(options), saved_(std::move(saved)), node_(std::move(objects), saved_.node) {
    this->set_built(true);
    this->autocast_ = false;
    LayerAccess::set_called(*this, saved_shape(saved_), node_.inputs());
    node_.add_losses(*this);
    for (const auto& part : parts.of(saved_.node)) this->add_edge(part.name, part.child);
    std::vector<std::shared_ptr<Layer>> layers;
    add_layers_of(*this, layers);
    for (const auto& layer : layers) this->add_sublayer(layer);
  }

  Values call(const Values& inputs, CallContext& context) override { return node_.call(*this, inputs, context); }
  std::string class_name() const override { return saved_.class_name(); }
  Config get_config() const override { return config_of(saved_); }
  std::vector<Variable> kept() const override { return node_.kept(); }
  const SavedLayer& saved() const override { return saved_; }
  bool takes_tuple() const override { return node_.takes_tuple(); }
  std::vector<Variable> weights() const override { return node_.all(); }
  std::vector<Variable> trainable_weights() const override {
    return this->trainable() ? node_.trained() : std::vector<Variable>();
  }
  std::vector<Variable> non_trainable_weights() const override {
    return this->trainable() ? node_.rest() : node_.all();
  }

 protected:
  const RevivedNode& node() const { return node_; }

 private:
  SavedLayer saved_;
  RevivedNode node_;
};

class RevivedModel final : public Revived<Model, ModelOptions> {
 public:
  using Revived::Revived;
  Values symbolic_inputs() const override { return node().inputs(); }
};

bool is_layer(const SavedLayer& saved) {
  return saved.identifier != "_tf_keras_metric" && saved.identifier != "_tf_keras_input_layer";
}

}  // namespace

std::optional<Shape> saved_shape(const SavedLayer& saved) {
  const auto* shape = saved.metadata.find("build_input_shape");
  return shape && shape->is_list() ? shape_if_any(*shape) : std::nullopt;
}

Revival::Revival(ObjectsSource objects, const std::vector<SavedLayer>& layers)
    : source_(std::move(objects)), layers_(layers) {
  for (const auto& layer : layers) {
    if (is_layer(layer)) by_node_.emplace(layer.node, &layer);
  }
}

Revival::~Revival() = default;

const std::shared_ptr<const RestoredObjects>& Revival::objects() {
  if (!objects_) objects_ = source_();
  return objects_;
}

SavedParts& Revival::parts() {
  if (!parts_) parts_.emplace(*objects(), [this](std::int32_t node) { return layer_of(node); });
  return *parts_;
}

std::shared_ptr<Layer> Revival::layer_of(std::int32_t node) {
  const auto saved = by_node_.find(node);
  if (saved == by_node_.end()) return nullptr;
  return std::make_shared<Revived<Layer, LayerOptions>>(objects(), parts(), *saved->second, options_of(*saved->second));
}

ModelRef Revival::model() {
  const auto& saved = layers_.front();
  const auto options = options_of(saved);
  const std::shared_ptr<Model> model = std::make_shared<RevivedModel>(
      objects(), parts(), saved, ModelOptions{.name = saved.name(), .trainable = options.trainable});
  return model;
}

CustomObjects Revival::with_classes(const CustomObjects& known) {
  CustomObjects result = known;
  const auto everywhere = get_custom_objects();
  std::set<std::string> unknown;
  for (const auto& layer : layers_) {
    const auto name = layer.class_name();
    // Of lookup tables and the like Keras saves no function: only the class can make them.
    const auto* needs_class = layer.metadata.find("must_restore_from_config");
    if (needs_class && needs_class->is_bool() && needs_class->as_bool()) continue;
    if (layer.identifier == "_tf_keras_metric" || name.empty()) continue;
    const bool has_class = find_layer_class(name) || known.contains(name) || everywhere.contains(name) ||
                           get_registered_name(name) != name;
    if (has_class && !layer.without_config()) continue;  // without, as in 2.2: no class is made from nothing
    unknown.insert(name);
  }
  for (const auto& name : unknown) {
    result.insert_or_assign(name, LayerFactory([this, name](const Config& config) -> std::shared_ptr<Layer> {
                              // 2.2 says no name of layers without a config: they come in the order they were saved in.
                              const auto wanted = config.get_string("name", "");
                              for (const auto& layer : layers_) {
                                if (layer.class_name() != name || (!wanted.empty() && layer.name() != wanted)) continue;
                                if (wanted.empty() && !used_.insert(layer.node).second) continue;
                                auto options = layer_options_from(config);
                                options.name = layer.name();
                                return std::make_shared<Revived<Layer, LayerOptions>>(objects(), parts(), layer,
                                                                                      options);
                              }
                              throw ValueError("Unknown layer: " + name +
                                               ". Please ensure this object is passed to the `custom_objects` "
                                               "argument: the SavedModel has no layer of this class named '" +
                                               wanted + "'.");
                            }));
  }
  return result;
}

}  // namespace hornbeam
