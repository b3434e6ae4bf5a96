#include "keras/engine/op_layer.h"

#include <array>
#include <map>

#include "hornbeam/fields.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/engine/keras_tensor.h"
#include "ops/int_values.h"

namespace hornbeam {
namespace {

// What Keras writes for an op call: the Python function and its arguments' names. One row serves both directions.
struct Row {
  const char* function;  // "math.multiply"
  const char* op;
  std::array<const char*, 2> arguments;
  int count;
};
constexpr std::array kRows{
    Row{"__operators__.add", "AddV2", {"x", "y"}, 2},
    Row{"math.add", "AddV2", {"x", "y"}, 2},
    Row{"math.subtract", "Sub", {"x", "y"}, 2},
    Row{"math.multiply", "Mul", {"x", "y"}, 2},
    Row{"math.truediv", "RealDiv", {"x", "y"}, 2},
    Row{"math.divide", "RealDiv", {"x", "y"}, 2},
    Row{"math.floordiv", "FloorDiv", {"x", "y"}, 2},
    Row{"math.floormod", "FloorMod", {"x", "y"}, 2},
    Row{"math.pow", "Pow", {"x", "y"}, 2},
    Row{"math.maximum", "Maximum", {"x", "y"}, 2},
    Row{"math.minimum", "Minimum", {"x", "y"}, 2},
    Row{"math.squared_difference", "SquaredDifference", {"x", "y"}, 2},
    Row{"math.greater", "Greater", {"x", "y"}, 2},
    Row{"math.greater_equal", "GreaterEqual", {"x", "y"}, 2},
    Row{"math.less", "Less", {"x", "y"}, 2},
    Row{"math.less_equal", "LessEqual", {"x", "y"}, 2},
    Row{"math.negative", "Neg", {"x", ""}, 1},
    Row{"math.abs", "Abs", {"x", ""}, 1},
    Row{"math.exp", "Exp", {"x", ""}, 1},
    Row{"math.log", "Log", {"x", ""}, 1},
    Row{"math.sqrt", "Sqrt", {"x", ""}, 1},
    Row{"math.rsqrt", "Rsqrt", {"x", ""}, 1},
    Row{"math.square", "Square", {"x", ""}, 1},
    Row{"math.sin", "Sin", {"x", ""}, 1},
    Row{"math.cos", "Cos", {"x", ""}, 1},
    Row{"math.tanh", "Tanh", {"x", ""}, 1},
    Row{"math.sigmoid", "Sigmoid", {"x", ""}, 1},
    Row{"nn.relu", "Relu", {"features", ""}, 1},
    Row{"nn.relu6", "Relu6", {"features", ""}, 1},
    Row{"nn.elu", "Elu", {"features", ""}, 1},
    Row{"nn.softplus", "Softplus", {"features", ""}, 1},
    Row{"nn.softsign", "Softsign", {"features", ""}, 1},
};

const Row* row_of_function(const std::string& function) {
  for (const auto& row : kRows) {
    if (function == row.function) return &row;
  }
  return nullptr;
}

const Row* row_of_op(const std::string& op) {
  for (const auto& row : kRows) {
    if (op == row.op) return &row;
  }
  return nullptr;
}

// An op call as a layer. Calls by Keras's function name; an op Keras has no name for keeps its attrs and is called by
// them.
class TFOpLambdaLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "TFOpLambda";
  TFOpLambdaLayer(std::string function, const LayerOptions& options)
      : Layer(options), function_(std::move(function)), row_(row_of_function(function_)) {
    if (!row_) {
      throw NotImplementedError("TFOpLambda of tf." + function_ + " is not yet supported (layer \"" + name() + "\").");
    }
    init();
  }
  TFOpLambdaLayer(const OpDef& op, Attrs attrs, const LayerOptions& options)
      : Layer(options), function_("raw_ops." + op.name), op_(&op), attrs_(std::move(attrs)) {
    init();
  }

  Values call(const Values& inputs, CallContext& context) override {
    const auto& options = context.options();
    if (op_) {
      auto arguments = inputs.flatten();
      return call_op(op_->name, arguments, attrs_).at(0);
    }
    const Tensor x = inputs;
    if (row_->count == 1) return call_op1(row_->op, {x});
    const std::string second = row_->arguments[1];
    if (const auto it = options.tensors.find(second); it != options.tensors.end()) {
      return call_op1(row_->op, {x, it->second.tensor()});
    }
    const auto* constant = options.kwargs.find(second);
    if (!constant)
      throw ValueError("tf." + function_ + " of layer \"" + name() + "\" has no argument '" + second + "'");
    return call_op1(row_->op, {x, constant_of(*constant, x.dtype())});
  }

  Config get_config() const override {
    return Config{{"name", name()}, {"trainable", trainable()}, {"dtype", dtype_policy()}, {"function", function_}};
  }
  std::string class_name() const override { return kClassName; }

  static std::shared_ptr<Layer> from_config(const Config& config) {
    return std::make_shared<TFOpLambdaLayer>(config.at("function").as_string(), layer_options_from(config));
  }

 private:
  void init() {
    autocast_ = false;
    supports_masking_ = false;
  }
  static Tensor constant_of(const Config& c, DType dtype) {
    if (c.is_number() || c.is_bool())
      return ops::cast(Tensor::scalar(c.is_bool() ? c.as_bool() : c.as_double()), dtype);
    throw NotImplementedError("a constant argument " + c.dump() + " of an op layer is not yet supported");
  }

  std::string function_;
  const Row* row_ = nullptr;
  const OpDef* op_ = nullptr;
  Attrs attrs_;
};

// A number as a plain kwarg, as Keras keeps it; int and float differ.
std::optional<Config> scalar_kwarg(const Tensor& t) {
  if (!t.is_concrete() || t.rank() != 0) return std::nullopt;
  switch (t.dtype()) {
    case DType::float32: {
      const auto v = t.item<float>();
      return Config(static_cast<double>(v));
    }
    case DType::float64:
      return Config(t.item<double>());
    case DType::int32:
      return Config(t.item<std::int32_t>());
    case DType::int64:
      return Config(t.item<std::int64_t>());
    default:
      return std::nullopt;
  }
}

}  // namespace

std::vector<Tensor> record_op_layer(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) {
  const auto* row = row_of_op(op.name);
  const bool named = row && static_cast<std::size_t>(row->count) == inputs.size() && is_keras_tensor(inputs[0]);
  if (named && (row->count == 1 || is_keras_tensor(inputs[1]) || scalar_kwarg(inputs[1]))) {
    const auto name = backend::unique_layer_name(std::string("tf.") + row->function);
    const auto layer = std::make_shared<TFOpLambdaLayer>(row->function, LayerOptions{.name = name});
    CallOptions options;
    if (row->count == 2) {
      if (is_keras_tensor(inputs[1])) {
        options.tensors.emplace(row->arguments[1], inputs[1]);
      } else {
        options.kwargs.set(row->arguments[1], *scalar_kwarg(inputs[1]));
      }
    }
    return (*layer)(inputs[0], options).flatten();
  }
  const auto name = backend::unique_layer_name("tf.raw_ops." + op.name);
  const auto layer = std::make_shared<TFOpLambdaLayer>(op, attrs, LayerOptions{.name = name});
  return (*layer)(Values(Values::List(inputs.begin(), inputs.end()))).flatten();
}

void register_op_layers() { register_layer(TFOpLambdaLayer::kClassName, TFOpLambdaLayer::from_config); }

}  // namespace hornbeam

HB_REGISTER(op_layer) { hornbeam::register_op_layers(); }
