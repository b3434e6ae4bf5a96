#include "keras/engine/tensorflow_op_layer.h"

#include <charconv>

#include "hornbeam/errors.hpp"
#include "hornbeam/fields.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/op_call.h"
#include "keras/engine/op_node_def.h"

namespace hornbeam {
namespace {

// Keras leaves it out of the config.
constexpr std::string_view kPrefix = "tf_op_layer_";

// Python's numbers are float32 and int32 unless the op says otherwise.
Tensor constant_input(const Config& value, DType wanted) {
  const auto t = constant_tensor(value);
  if (wanted != DType::invalid) return ops::cast(t, wanted);
  return ops::cast(t, is_floating(t.dtype()) ? DType::float32 : DType::int32);
}

std::string without_prefix(const std::string& name) {
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

// "y" of the second input of an AddV2; the inputs of a list count on.
std::string argument_name(const OpDef& op, std::size_t i, std::size_t count) {
  const auto lists = op.inputs.size() == 1 && count > 1;
  const auto from_end = count - i;
  if (lists || from_end > op.inputs.size()) return op.inputs[0].name + "_" + std::to_string(i);
  return op.inputs[op.inputs.size() - from_end].name;
}

// The tensor of a layer by that layer's name, as TensorFlow names the outputs of nodes.
std::string tensor_name(const KerasTensor& tensor) {
  const auto name = without_prefix(tensor.node->layer->name());
  return tensor.tensor_index == 0 ? name : name + ":" + std::to_string(tensor.tensor_index);
}

std::map<std::size_t, Config> read_constants(const Config& config) {
  std::map<std::size_t, Config> constants;
  const auto* given = config.find("constants");
  if (!given || !given->is_dict()) return constants;
  for (const auto& [key, value] : given->as_dict()) {
    std::size_t at = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), at);
    if (error != std::errc() || end != key.data() + key.size()) {
      throw ValueError("TensorFlowOpLayer: '" + key + "' is no position of a constant");
    }
    constants[at] = value;
  }
  return constants;
}

}  // namespace

std::string prefixed_op_name(const std::string& name) {
  return name.starts_with(kPrefix) ? name : std::string(kPrefix) + name;
}

TensorFlowOpLayer::TensorFlowOpLayer(const OpDef& op, Attrs attrs, std::map<std::size_t, Config> constants,
                                     std::size_t count, const LayerOptions& options)
    : OpLayer(options), op_(op), attrs_(std::move(attrs)), constants_(std::move(constants)), count_(count) {
  autocast_ = false;
  supports_masking_ = false;
}

std::vector<Tensor> TensorFlowOpLayer::arguments_of(const Values& inputs) const {
  const auto given = inputs.flatten();
  if (given.size() + constants_.size() != count_) {
    throw ValueError("TensorFlowOpLayer \"" + name() + "\" (" + op_.name + ") takes " + std::to_string(count_) +
                     " inputs, " + std::to_string(constants_.size()) + " of them constants; received " +
                     std::to_string(given.size()));
  }
  const auto dtypes = input_dtypes(op_, attrs_, count_);
  std::vector<Tensor> arguments;
  std::size_t next = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto it = constants_.find(i);
    arguments.push_back(it == constants_.end() ? given[next++] : constant_input(it->second, dtypes[i]));
  }
  return arguments;
}

Values TensorFlowOpLayer::call(const Values& inputs, CallContext&) {
  const auto results = call_op(op_.name, arguments_of(inputs), attrs_);
  return results.size() == 1 ? Values(results[0]) : Values(results);
}

OpForm TensorFlowOpLayer::form(const KerasNode& node) const {
  const auto arguments = arguments_of(node.inputs);
  std::vector<DType> dtypes;
  for (const auto& t : arguments) dtypes.push_back(t.dtype());
  if (auto form = form_of_op(op_, arguments, op_.complete(dtypes, attrs_))) return *form;
  throw ValueError("TensorFlowOpLayer layer '" + name() + "' is a " + op_.name +
                   ", which is no function's call. Choose another target, or change the layer.");
}

Config TensorFlowOpLayer::get_config() const {
  const auto bare = without_prefix(name());
  auto node = node_def_;
  if (node.is_null()) {
    auto names = Config::list();
    for (std::size_t i = 0; i < count_; ++i) {
      const bool named = i < input_names_.size() && !input_names_[i].empty();
      names.push_back(named ? input_names_[i] : bare + "/" + argument_name(op_, i, count_));
    }
    node = Config{{"name", bare}, {"op", op_.name}, {"input", std::move(names)}};
    if (auto attr = attrs_to_json(attrs_); attr.size() > 0) node.set("attr", std::move(attr));
  }
  auto constants = Config::dict();
  for (const auto& [at, value] : constants_) constants.set(std::to_string(at), value);
  return Config{{"name", bare},
                {"trainable", trainable()},
                {"dtype", dtype_policy()},
                {"node_def", std::move(node)},
                {"constants", std::move(constants)}};
}

std::shared_ptr<Layer> TensorFlowOpLayer::from_config(const Config& config) {
  const auto& node = config.at("node_def");
  const auto& op = get_op(node.at("op").as_string());
  const auto* attr = node.find("attr");
  auto options = layer_options_from(config);
  if (options.name) options.name = prefixed_op_name(*options.name);
  auto constants = read_constants(config);
  // Control inputs ("^name") are no arguments.
  std::size_t count = 0;
  for (const auto& input : node.at("input").as_list()) count += !input.as_string().starts_with("^");
  for (const auto& [at, value] : constants) {
    if (at >= count)
      throw ValueError("TensorFlowOpLayer: constant " + std::to_string(at) + " is no input of " + op.name);
  }
  auto layer = std::make_shared<TensorFlowOpLayer>(op, attr ? attrs_from_json(op, *attr) : Attrs(),
                                                   std::move(constants), count, options);
  layer->node_def_ = node;
  return layer;
}

std::shared_ptr<TensorFlowOpLayer> tensorflow_op_layer(const OpDef& op, std::span<const Tensor> inputs,
                                                       const Attrs& attrs, LayerOptions options) {
  std::map<std::size_t, Config> constants;
  std::vector<std::string> names(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (const auto* tensor = as_keras_tensor(inputs[i])) {
      names[i] = tensor_name(*tensor);
    } else if (inputs[i].dtype() == DType::string) {
      throw NotImplementedError("a string constant in an op on symbolic tensors (" + op.name +
                                ") is not yet supported");
    } else {
      constants[i] = constant_config(inputs[i]);
      // As Python's callers write one axis.
      const bool axes = i < op.inputs.size() && op.inputs[i].name == "reduction_indices";
      if (axes && constants[i].is_list() && constants[i].size() == 1) constants[i] = Config(constants[i].at(0));
    }
  }
  options.name = prefixed_op_name(*options.name);
  auto layer = std::make_shared<TensorFlowOpLayer>(op, attrs, std::move(constants), inputs.size(), options);
  layer->set_input_names(std::move(names));
  return layer;
}

std::vector<Tensor> record_tensorflow_op(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) {
  const auto name = backend::unique_layer_name(std::string(kPrefix) + op.name);
  const auto layer = tensorflow_op_layer(op, inputs, attrs, {.name = name});
  Values::List given;
  for (const auto& t : inputs) {
    if (is_keras_tensor(t)) given.emplace_back(t);
  }
  return (*layer)(given.size() == 1 ? given[0] : Values(given)).flatten();
}

}  // namespace hornbeam
