#include "hornbeam/layer.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <typeinfo>

#include "hornbeam/fields.hpp"
#include "hornbeam/mixed_precision.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops_array.hpp"
#include "keras/engine/added.h"
#include "keras/engine/call_scope.h"
#include "keras/engine/dtype_policy.h"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/overwritten.h"
#include "keras/initializers/skip.h"
#include "tensor/recorder.h"

namespace hornbeam {
namespace {

void append_unique(std::vector<Variable>& out, std::set<const VariableNode*>& seen, const Variable& v) {
  if (seen.insert(v.get()).second) out.push_back(v);
}

void append_all(std::vector<Variable>& out, std::set<const VariableNode*>& seen, const std::vector<Variable>& more) {
  for (const auto& v : more) append_unique(out, seen, v);
}

}  // namespace

Layer::Layer(const LayerOptions& options)
    : name_(options.name.value_or("")),
      dtype_policy_(options.dtype ? *options.dtype : mixed_precision::global_policy()),
      trainable_(options.trainable) {
  set_dtype_policy(dtype_policy_);
  if (options.batch_input_shape) {
    batch_input_shape_ = options.batch_input_shape;
  } else if (options.input_shape) {
    std::vector<std::int64_t> dims{None};
    dims.insert(dims.end(), options.input_shape->begin(), options.input_shape->end());
    batch_input_shape_ = Shape(std::move(dims));
  }
}

Layer::~Layer() = default;

std::string Layer::class_name() const {
  std::string name = typeid(*this).name();
  int status = 0;
  if (char* demangled = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status); status == 0) {
    name = demangled;
    std::free(demangled);
  }
  const auto colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

const std::string& Layer::name() const {
  // The first asker names it, as Keras's constructor does; two threads cannot, since building is not concurrent.
  if (name_.empty()) const_cast<Layer*>(this)->name_ = backend::unique_layer_name(naming_class());
  return name_;
}

void Layer::set_dtype_policy(const std::string& policy) {
  const auto parsed = parse_policy(policy);
  dtype_policy_ = policy;
  compute_dtype_ = parsed.compute;
  variable_dtype_ = parsed.variable;
}

std::string Layer::quantization_mode() const {
  // Asked at every call of a layer: only names of quantised policies need to be read.
  return is_quantized_policy(dtype_policy_) ? parse_policy(dtype_policy_).mode : "";
}

void Layer::quantize(const std::string&, const Config&) {
  throw NotImplementedError("Layer " + class_name() + " does not have a `quantize` method implemented.");
}

Config Layer::get_config() const {
  Config config{{"name", name()}, {"trainable", trainable_}};
  config.set("dtype", dtype_policy_.starts_with("mixed_")
                          ? Config{{"class_name", "Policy"}, {"config", Config::Dict{{"name", dtype_policy_}}}}
                          : Config(dtype_policy_));
  if (batch_input_shape_) config.set("batch_input_shape", field_to_config(*batch_input_shape_));
  return config;
}

void Layer::build(const Shape&) {}
void Layer::build(const std::vector<Shape>& input_shapes) {
  if (!input_shapes.empty()) build(input_shapes[0]);
}

std::vector<Tensor> Layer::compute_mask(const Values&, const std::vector<Tensor>& masks) {
  if (!supports_masking_ || masks.empty()) return {};
  return {masks[0]};
}

std::optional<Layer::Call> Layer::arranged(const Values&, const CallOptions&) { return std::nullopt; }

void Layer::ensure_built(const std::vector<Shape>& input_shapes) {
  // Weights are named after their layer, also where another layer builds it.
  std::optional<CallScope> scope;
  if (!CallScope::current() || CallScope::current()->layer() != this) scope.emplace(*this, std::nullopt);
  build_here(input_shapes);
}

void Layer::build_here(const std::vector<Shape>& input_shapes) {
  if (built_) return;
  const RecorderScope eager(nullptr);  // weights are real values even when the layer is built inside a trace
  struct Building {
    bool& flag;
    explicit Building(bool& f) : flag(f) { flag = true; }
    ~Building() { flag = false; }
  };
  {
    const Building now(building_);
    build(input_shapes);
  }
  build_shapes_ = input_shapes;
  built_ = true;
}

void Layer::set_trainable(bool trainable) {
  trainable_ = trainable;
  for (const auto& layer : sublayers_) layer->set_trainable(trainable);
}

// ---- weights ----

Variable Layer::add_weight(const std::string& weight_name, const Shape& shape, const WeightOptions& options) {
  if (weight_name.empty()) {
    throw ValueError("add_weight of layer '" + name() +
                     "' needs a name: the keys of checkpoints and H5 files are made of it.");
  }
  const auto dtype = options.dtype.value_or(variable_dtype_);
  if (!shape.is_fully_known()) {
    throw ValueError("Shape of weight '" + weight_name + "' of layer '" + name() +
                     "' is not fully known: " + shape.to_string());
  }
  auto initializer = options.initializer;
  if (!initializer) initializer = is_floating(dtype) ? Initializer("glorot_uniform") : Initializer("zeros");
  Tensor value;
  {
    const RecorderScope eager(nullptr);
    check_weight_size(dtype, shape);
    WeightTotal::add(dtype, shape);
    value = initialization_skipped() ? uninitialized_weight(dtype, shape) : (*initializer)(shape, dtype);
  }
  // Named after what is being built. Where that is not this layer (in its constructor, and when build is called by
  // hand), only Keras 3 names it after the layer, too.
  const auto* scope = CallScope::current();
  auto path = scope ? scope->name_scope() : "";
  if (current_target() == Target::keras3 && (!scope || scope->layer() != this)) path += name() + "/";
  path += weight_name;
  auto variable = std::make_shared<VariableNode>(path, std::move(value), options.trainable);
  own_weights_.push_back({variable, options.regularizer, options.constraint});
  add_edge(weight_name, variable);
  // Outside its constructor (which nobody shares yet) and its first call, somebody called build by hand.
  if (!building_ && !weak_from_this().expired()) built_ = true;
  return variable;
}

void Layer::track_layer(const std::string& attribute, const std::shared_ptr<Layer>& layer) {
  if (!layer) return;
  add_edge(attribute, layer);
  sublayers_.push_back(layer);
}

void Layer::track_layers(const std::string& attribute, const std::vector<std::shared_ptr<Layer>>& layers) {
  const auto node = std::make_shared<TrackableChildren>();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    node->add_edge(std::to_string(i), layers[i]);
    sublayers_.push_back(layers[i]);
  }
  add_edge(attribute, node);
}

void Layer::track_layers(const std::string& attribute, const std::map<std::string, std::shared_ptr<Layer>>& layers) {
  const auto node = std::make_shared<TrackableChildren>();
  for (const auto& [key, layer] : layers) {
    node->add_edge(key, layer);
    sublayers_.push_back(layer);
  }
  add_edge(attribute, node);
}

void Layer::remove_weight(const std::string& name) {
  const auto variable = std::dynamic_pointer_cast<VariableNode>(find_edge(name));
  std::erase_if(own_weights_, [&](const Weight& weight) { return weight.variable == variable; });
  remove_edge(name);
}

Variable LayerAccess::overwritten_weight(Layer& layer, const std::string& name) {
  const auto old = std::dynamic_pointer_cast<VariableNode>(layer.find_edge(name));
  auto& weight = *std::ranges::find(layer.own_weights_, old, &Layer::Weight::variable);
  weight.variable = std::make_shared<OverwrittenVariable>(old->path(), old->value(), old->trainable());
  layer.add_edge(name, weight.variable, true);
  return weight.variable;
}

Variable LayerAccess::resized_weight(Layer& layer, const std::string& name, const Shape& shape) {
  const auto old = std::dynamic_pointer_cast<VariableNode>(layer.find_edge(name));
  for (auto& weight : layer.own_weights_) {
    if (weight.variable != old || !old) continue;
    weight.variable = std::make_shared<VariableNode>(old->path(), Tensor::zeros(old->dtype(), shape), old->trainable());
    layer.add_edge(name, weight.variable, true);
    return weight.variable;
  }
  return nullptr;
}

Variable Layer::track(const std::string& attribute, Variable variable) {
  add_edge(attribute, variable);
  own_weights_.push_back({variable, {}, {}});
  return variable;
}

std::vector<Variable> Layer::trainable_weights() const {
  std::vector<Variable> out;
  std::set<const VariableNode*> seen;
  if (!trainable_) return out;
  for (const auto& w : own_weights_) {
    if (w.variable->trainable()) append_unique(out, seen, w.variable);
  }
  for (const auto& layer : sublayers_) append_all(out, seen, layer->trainable_weights());
  return out;
}

std::vector<Variable> Layer::non_trainable_weights() const {
  std::vector<Variable> out;
  std::set<const VariableNode*> seen;
  if (!trainable_) {
    for (const auto& w : own_weights_) {
      if (w.variable->trainable()) append_unique(out, seen, w.variable);
    }
  }
  for (const auto& w : own_weights_) {
    if (!w.variable->trainable()) append_unique(out, seen, w.variable);
  }
  for (const auto& layer : sublayers_) {
    append_all(out, seen, trainable_ ? layer->non_trainable_weights() : layer->weights());
  }
  return out;
}

std::vector<Variable> Layer::weights() const {
  std::vector<Variable> out;
  std::set<const VariableNode*> seen;
  append_all(out, seen, trainable_weights());
  append_all(out, seen, non_trainable_weights());
  return out;
}

std::vector<Tensor> Layer::get_weights() const {
  std::vector<Tensor> values;
  for (const auto& v : weights()) values.push_back(v->value());
  return values;
}

namespace {
std::string shapes_of(const std::vector<Tensor>& values) {
  std::string text = "arrays of shapes [";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + values[i].shape().to_string();
  return text + "]";
}
}  // namespace

void Layer::set_weights(const std::vector<Tensor>& values) {
  const auto variables = weights();
  if (variables.size() != values.size()) {
    throw ValueError("You called `set_weights(weights)` on layer \"" + name() + "\" with a weight list of length " +
                     std::to_string(values.size()) + ", but the layer was expecting " +
                     std::to_string(variables.size()) + " weights. Provided weights: " + shapes_of(values));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].shape() != variables[i]->shape()) {
      throw ValueError("Layer weight shape " + variables[i]->shape().to_string() +
                       " not compatible with provided weight shape " + values[i].shape().to_string());
    }
  }
  std::vector<Tensor> cast;  // all before any is assigned
  for (std::size_t i = 0; i < values.size(); ++i) cast.push_back(ops::cast(values[i], variables[i]->dtype()));
  for (std::size_t i = 0; i < cast.size(); ++i) variables[i]->assign(cast[i]);
}

std::int64_t Layer::count_params() const {
  if (!built_) {
    throw ValueError("You tried to call `count_params` on " + name() +
                     ", but the layer isn't built. You can build it "
                     "manually via: `" +
                     name() + ".build(batch_input_shape)`.");
  }
  std::int64_t count = 0;
  for (const auto& v : weights()) count += v->shape().num_elements();
  return count;
}

// ---- call context ----

Tensor CallContext::mask(std::size_t i) const { return i < masks.size() ? masks[i] : Tensor(); }

void CallContext::add_loss(const Tensor& loss) {
  if (auto* scope = CallScope::current()) scope->losses().push_back(loss);
}

void CallContext::add_metric(const Tensor& value, const std::string& name, const std::string& aggregation) {
  check_added_metric(name, aggregation);
  if (auto* scope = CallScope::current()) scope->metrics().push_back({scope->layer(), name, {}, value});
}

void CallContext::add_metric(const Metric& metric, const Tensor& value) {
  if (auto* scope = CallScope::current()) scope->metrics().push_back({scope->layer(), metric->name(), metric, value});
}

void CallContext::update_moving_average(const Variable& variable, const Tensor& value, double momentum) {
  if (auto* scope = CallScope::current()) scope->updates().push_back({variable, value, momentum});
}

}  // namespace hornbeam
