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

TensorFlowOpLayer::TensorFlowOpLayer(const OpDef& op, Attrs attrs, std::map<std::size_t, Config> constants,
                                     std::size_t count, const LayerOptions& options)
    : Layer(options), op_(op), attrs_(std::move(attrs)), constants_(std::move(constants)), count_(count) {
  autocast_ = false;
  supports_masking_ = false;
}

Values TensorFlowOpLayer::call(const Values& inputs, CallContext&) {
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
  const auto results = call_op(op_.name, arguments, attrs_);
  return results.size() == 1 ? Values(results[0]) : Values(results);
}

Config TensorFlowOpLayer::get_config() const {
  auto bare = name();
  if (bare.starts_with(kPrefix)) bare.erase(0, kPrefix.size());
  auto node = node_def_;
  if (node.is_null()) {
    auto names = Config::list();
    for (std::size_t i = 0; i < count_; ++i) names.push_back(bare + "/" + std::to_string(i));
    node = Config{{"name", bare}, {"op", op_.name}, {"input", std::move(names)}, {"attr", attrs_to_json(attrs_)}};
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
  if (options.name && !options.name->starts_with(kPrefix)) options.name = std::string(kPrefix) + *options.name;
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

std::vector<Tensor> record_tensorflow_op(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) {
  std::map<std::size_t, Config> constants;
  Values::List given;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (is_keras_tensor(inputs[i])) {
      given.emplace_back(inputs[i]);
    } else if (inputs[i].dtype() == DType::string) {
      throw NotImplementedError("a string constant in an op on symbolic tensors (" + op.name +
                                ") is not yet supported");
    } else {
      constants[i] = constant_config(inputs[i]);
    }
  }
  const auto name = backend::unique_layer_name(std::string(kPrefix) + op.name);
  const auto layer =
      std::make_shared<TensorFlowOpLayer>(op, attrs, std::move(constants), inputs.size(), LayerOptions{.name = name});
  return (*layer)(given.size() == 1 ? given[0] : Values(given)).flatten();
}

}  // namespace hornbeam
