#include "keras/engine/op_functions.h"

#include <algorithm>
#include <array>

#include "hornbeam/errors.hpp"
#include "keras/engine/op_function_calls.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

using Call = Values (*)(const OpCall&);
constexpr const char* kNamed = R"({"name": null})";

constexpr OpFunction elementwise(const char* name, const char* parameters, const char* op, const char* keras3 = nullptr,
                                 const char* also = nullptr) {
  return {name, parameters, op, nullptr, keras3, also};
}
constexpr OpFunction special(const char* name, const char* parameters, Call call, const char* keras3 = nullptr,
                             const char* also = nullptr) {
  return {name, parameters, nullptr, call, keras3, also};
}

// Where several functions are of one op or operation, the first is the one that is written.
constexpr std::array kTensorFlow{
    elementwise("__operators__.add", "x y", "AddV2", "ops>Add", kNamed),
    elementwise("math.add", "x y", "AddV2", "ops>Add"),
    elementwise("math.subtract", "x y", "Sub", "ops>Subtract", kNamed),
    elementwise("math.multiply", "x y", "Mul", "ops>Multiply", kNamed),
    OpFunction{"math.truediv", "x y", "RealDiv", divide, "ops>TrueDivide", kNamed},
    OpFunction{"math.divide", "x y", "RealDiv", divide, "ops>Divide"},
    elementwise("compat.v1.floor_div", "x y", "FloorDiv", "ops>FloorDivide", kNamed),
    elementwise("math.floordiv", "x y", "FloorDiv", "ops>FloorDivide"),
    elementwise("math.floormod", "x y", "FloorMod", "ops>Mod", kNamed),
    elementwise("math.pow", "x y", "Pow", "ops>Power", kNamed),
    elementwise("math.maximum", "x y", "Maximum", "ops>Maximum", kNamed),
    elementwise("math.minimum", "x y", "Minimum", "ops>Minimum", kNamed),
    elementwise("math.squared_difference", "x y", "SquaredDifference", nullptr, kNamed),
    elementwise("math.greater", "x y", "Greater", "ops>Greater", kNamed),
    elementwise("math.greater_equal", "x y", "GreaterEqual", "ops>GreaterEqual", kNamed),
    elementwise("math.less", "x y", "Less", "ops>Less", kNamed),
    elementwise("math.less_equal", "x y", "LessEqual", "ops>LessEqual", kNamed),
    elementwise("math.equal", "x y", "Equal", "ops>Equal"),
    elementwise("math.not_equal", "x y", "NotEqual", "ops>NotEqual"),
    elementwise("math.logical_and", "x y", "LogicalAnd", "ops>LogicalAnd", kNamed),
    elementwise("math.logical_or", "x y", "LogicalOr", "ops>LogicalOr", kNamed),
    elementwise("math.logical_not", "x", "LogicalNot", "ops>LogicalNot", kNamed),
    elementwise("math.negative", "x", "Neg", "ops>Negative", kNamed),
    elementwise("math.abs", "x", "Abs", "ops>Absolute"),
    elementwise("math.exp", "x", "Exp", "ops>Exp"),
    elementwise("math.log", "x", "Log", "ops>Log", kNamed),
    elementwise("math.sqrt", "x", "Sqrt", "ops>Sqrt"),
    elementwise("math.rsqrt", "x", "Rsqrt", "ops>Rsqrt"),
    elementwise("math.square", "x", "Square", "ops>Square", kNamed),
    elementwise("math.sin", "x", "Sin", "ops>Sin", kNamed),
    elementwise("math.cos", "x", "Cos", "ops>Cos", kNamed),
    elementwise("math.tanh", "x", "Tanh", "ops>Tanh", kNamed),
    elementwise("math.sigmoid", "x", "Sigmoid", "ops>Sigmoid"),
    elementwise("math.floor", "x", "Floor", "ops>Floor"),
    elementwise("math.sign", "x", "Sign", "ops>Sign"),
    elementwise("math.round", "x", "Round", "ops>Round"),
    elementwise("math.softplus", "features", "Softplus", "ops>Softplus"),
    elementwise("nn.softplus", "features", "Softplus", "ops>Softplus"),
    elementwise("nn.relu", "features", "Relu", "ops>Relu", kNamed),
    elementwise("nn.relu6", "features", "Relu6", "ops>Relu6"),
    elementwise("nn.elu", "features", "Elu", "ops>Elu", kNamed),
    elementwise("nn.selu", "features", "Selu", "ops>Selu", kNamed),
    elementwise("nn.softsign", "features", "Softsign", "ops>Softsign", kNamed),
    elementwise("identity", "input", "Identity"),
    elementwise("stop_gradient", "input", "StopGradient"),
    special("nn.leaky_relu", "features alpha=0.2", leaky_relu, "ops>LeakyRelu"),
    special("nn.gelu", "features approximate=false", gelu, "ops>Gelu"),
    special("nn.silu", "features beta==1.0", unary<ops::swish>, "ops>Silu"),
    special("nn.softmax", "logits axis=-1", softmax, "ops>Softmax"),
    special("math.reduce_sum", "input_tensor axis= keepdims=false", reduce<ops::reduce_sum>, "ops>Sum"),
    special("math.reduce_mean", "input_tensor axis= keepdims=false", reduce<ops::reduce_mean>, "ops>Mean"),
    special("math.reduce_max", "input_tensor axis= keepdims=false", reduce<ops::reduce_max>, "ops>Max"),
    special("math.reduce_min", "input_tensor axis= keepdims=false", reduce<ops::reduce_min>, "ops>Min"),
    special("math.reduce_prod", "input_tensor axis= keepdims=false", reduce<ops::reduce_prod>, "ops>Prod"),
    special("math.reduce_any", "input_tensor axis= keepdims=false", reduce<ops::reduce_any>, "ops>Any"),
    special("math.reduce_all", "input_tensor axis= keepdims=false", reduce<ops::reduce_all>, "ops>All"),
    special("concat", "values axis=", concat, "ops>Concatenate"),
    special("stack", "values axis=0", stack, "ops>Stack"),
    special("expand_dims", "input axis=", expand_dims, "ops>ExpandDims"),
    special("compat.v1.squeeze", "input axis=", squeeze, "ops>Squeeze", kNamed),
    special("squeeze", "input axis=", squeeze, "ops>Squeeze"),
    special("compat.v1.transpose", "a perm=", transpose, "ops>Transpose",
            R"({"name": "transpose", "conjugate": false})"),
    special("transpose", "a perm=", transpose, "ops>Transpose"),
    special("reshape", "tensor shape=", reshape, "ops>Reshape"),
    special("linalg.matmul", "a b transpose_a=false transpose_b=false", matmul, "ops>Matmul"),
    special("where", "condition x y", where, "ops>Where"),
    special("cast", "x dtype=", cast, "ops>Cast"),
    special("clip_by_value", "t clip_value_min clip_value_max", clip, "ops>Clip"),
    special("tile", "input multiples=", tile, "ops>Tile", kNamed),
    special("zeros_like", "input dtype=", like<ops::zeros_like>, "ops>ZerosLike"),
    special("ones_like", "input dtype=", like<ops::ones_like>, "ops>OnesLike"),
    special("convert_to_tensor", "value dtype= dtype_hint==", like<ops::identity>, "ops>ConvertToTensor"),
    special("__operators__.getitem", "tensor slice_spec=", getitem, "ops>GetItem"),
};

// Keras 3's operations, but for those that are a tf.* function's op and no more.
constexpr std::array kKeras3{
    special("ops>TrueDivide", "x1 x2", divide_keras3),
    special("ops>Divide", "x1 x2", divide_keras3),
    special("ops>LogicalXor", "x1 x2", logical_xor),
    special("ops>Round", "x decimals==0", unary<ops::round>),
    special("ops>Elu", "x alpha=1.0", elu),
    special("ops>Silu", "x", unary<ops::swish>),
    special("ops>Gelu", "x approximate=true", gelu_keras3),
    special("ops>LeakyRelu", "x negative_slope=0.2", leaky_relu),
    special("ops>Softmax", "x axis=-1", softmax),
    special("ops>Sum", "x axis= keepdims=false", reduce<ops::reduce_sum>),
    special("ops>Mean", "x axis= keepdims=false", reduce<ops::reduce_mean>),
    special("ops>Max", "x axis= keepdims=false initial==", reduce<ops::reduce_max>),
    special("ops>Min", "x axis= keepdims=false initial==", reduce<ops::reduce_min>),
    special("ops>Prod", "x axis= keepdims=false dtype==", reduce<ops::reduce_prod>),
    special("ops>Any", "x axis= keepdims=false", reduce<ops::reduce_any>),
    special("ops>All", "x axis= keepdims=false", reduce<ops::reduce_all>),
    special("ops>Concatenate", "xs axis=-1", concat),
    special("ops>Stack", "x axis=0", stack),
    special("ops>ExpandDims", "x axis=", expand_dims),
    special("ops>Squeeze", "x axis=", squeeze),
    special("ops>Transpose", "x axes=", transpose),
    special("ops>Reshape", "x newshape=", reshape),
    special("ops>Matmul", "x1 x2", matmul),
    special("ops>Where", "condition x1 x2", where),
    special("ops>Cast", "x dtype=", cast),
    special("ops>Clip", "x x_min= x_max=", clip),
    special("ops>Tile", "x repeats=", tile),
    special("ops>ZerosLike", "x dtype=", like<ops::zeros_like>),
    special("ops>OnesLike", "x dtype=", like<ops::ones_like>),
    special("ops>ConvertToTensor", "x dtype= sparse== ragged==", like<ops::identity>),
    special("ops>GetItem", "x key", getitem),
};

const std::vector<OpFunction>& functions() {
  static const std::vector<OpFunction> all = [] {
    std::vector<OpFunction> list(kTensorFlow.begin(), kTensorFlow.end());
    list.insert(list.end(), kKeras3.begin(), kKeras3.end());
    const auto has = [&](std::string_view name) {
      return std::ranges::any_of(list, [&](const auto& f) { return name == f.name; });
    };
    for (const auto& f : kTensorFlow) {
      if (!f.op || !f.keras3 || has(f.keras3)) continue;
      const bool of_two = std::string_view(f.parameters).find(' ') != std::string_view::npos;
      list.push_back(elementwise(f.keras3, of_two ? "x1 x2" : "x", f.op));
    }
    return list;
  }();
  return all;
}

// Null when there is none.
template <class Is>
const OpFunction* first(Is is) {
  const auto at = std::ranges::find_if(functions(), is);
  return at == functions().end() ? nullptr : &*at;
}

OpParameter parameter(std::string_view text) {
  OpParameter p;
  const auto at = text.find('=');
  p.name = text.substr(0, at);
  if (at == std::string_view::npos) return p;
  p.plain = true;
  text.remove_prefix(at + 1);
  p.only = text.starts_with("=");
  if (p.only) text.remove_prefix(1);
  if (!text.empty()) p.fallback = Config::parse(text, "an op's parameters");
  return p;
}

}  // namespace

std::vector<OpParameter> OpFunction::parameter_list() const {
  std::vector<OpParameter> list;
  std::string_view rest = parameters;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    list.push_back(parameter(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return list;
}

std::vector<std::string> OpFunction::parameter_names() const {
  std::vector<std::string> names;
  for (auto& p : parameter_list()) names.push_back(std::move(p.name));
  return names;
}

const OpFunction* find_op_function(std::string_view name) {
  return first([&](const auto& f) { return name == f.name; });
}

const OpFunction* find_function_of_op(std::string_view op) {
  return first([&](const auto& f) { return f.op && op == f.op; });
}

std::vector<std::string> keras3_operations() {
  std::vector<std::string> names;
  for (const auto& f : functions()) {
    if (std::string_view(f.name).starts_with("ops>")) names.emplace_back(f.name);
  }
  return names;
}

const char* keras3_module(std::string_view operation) {
  constexpr std::array<std::string_view, 11> kNn = {"ops>Relu",    "ops>Relu6",     "ops>Elu",      "ops>Selu",
                                                    "ops>Sigmoid", "ops>Softplus",  "ops>Softsign", "ops>Silu",
                                                    "ops>Gelu",    "ops>LeakyRelu", "ops>Softmax"};
  if (std::ranges::find(kNn, operation) != kNn.end()) return "keras.src.ops.nn";
  if (operation == "ops>Rsqrt") return "keras.src.ops.math";
  return operation == "ops>Cast" || operation == "ops>ConvertToTensor" ? "keras.src.ops.core" : "keras.src.ops.numpy";
}

const OpFunction* keras3_operation_like(const OpFunction& function) {
  return function.keras3 ? find_op_function(function.keras3) : nullptr;
}

const OpFunction* tf_function_like(const OpFunction& operation) {
  return first([&](const auto& f) { return f.keras3 && std::string_view(operation.name) == f.keras3; });
}

}  // namespace hornbeam
