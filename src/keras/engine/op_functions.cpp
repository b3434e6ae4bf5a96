#include "keras/engine/op_functions.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "hornbeam/activations.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "keras/engine/op_slice.h"

namespace hornbeam {
namespace {

template <Tensor (*Reduce)(const Tensor&, const ops::Axes&, bool)>
Values reduce(const OpCall& a) {
  const auto& axis = a.plain(1);
  return Reduce(a.tensor(0), axis.is_null() ? ops::Axes() : ops::Axes(axis.as_ints()), a.flag(2));
}
template <Tensor (*F)(const Tensor&)>
Values unary(const OpCall& a) {
  return F(a.tensor(0));
}
Values logical_and(const OpCall& a) { return ops::logical_and(a.tensor(0), a.tensor(1)); }
Values logical_or(const OpCall& a) { return ops::logical_or(a.tensor(0), a.tensor(1)); }
Values concat(const OpCall& a) { return ops::concat(a.tensors(0), a.integer(1, -1)); }
Values stack(const OpCall& a) { return ops::stack(a.tensors(0), a.integer(1, 0)); }
Values expand_dims(const OpCall& a) {
  if (a.plain(1).is_null()) a.missing(1);
  return ops::expand_dims(a.tensor(0), a.integer(1, 0));
}
Values squeeze(const OpCall& a) {
  return ops::squeeze(a.tensor(0), a.plain(1).is_null() ? std::vector<std::int64_t>{} : a.integers(1));
}
Values transpose(const OpCall& a) {
  return ops::transpose(a.tensor(0), a.plain(1).is_null() ? std::vector<std::int64_t>{} : a.integers(1));
}
Values reshape(const OpCall& a) {
  if (a.plain(1).is_null()) return ops::reshape(a.tensor(0), a.tensor(1));
  auto dims = a.integers(1);
  for (auto& d : dims) d = d < 0 ? None : d;
  return ops::reshape(a.tensor(0), Shape(dims));
}
Values matmul(const OpCall& a) {
  return ops::matmul(a.tensor(0), a.tensor(1), a.count() > 2 && a.flag(2), a.count() > 3 && a.flag(3));
}
Values where(const OpCall& a) { return ops::where(a.tensor(0), a.tensor(1), a.tensor(2)); }
Values cast(const OpCall& a) {
  if (!a.plain(1).is_string()) a.missing(1);
  return ops::cast(a.tensor(0), dtype_from_name(a.plain(1).as_string()));
}
Values clip(const OpCall& a) { return ops::clip_by_value(a.tensor(0), a.tensor(1), a.tensor(2)); }
Values tile(const OpCall& a) { return ops::tile(a.tensor(0), a.integers(1)); }
Values softmax(const OpCall& a) { return activations::softmax(a.tensor(0), a.integer(1, -1)); }
Values gelu(const OpCall& a) { return ops::gelu(a.tensor(0), a.flag(1)); }
// Keras 3's is approximate unless told otherwise.
Values gelu_keras3(const OpCall& a) { return ops::gelu(a.tensor(0), a.plain(1).is_null() || a.flag(1)); }
Values leaky_relu(const OpCall& a) {
  return ops::leaky_relu(a.tensor(0), a.plain(1).is_null() ? 0.2 : a.plain(1).as_double());
}
Values getitem(const OpCall& a) { return sliced(a.tensor(0), a.plain(1)); }

constexpr OpFunction special(const char* name, const char* parameters, Values (*call)(const OpCall&)) {
  return {name, parameters, nullptr, call};
}

constexpr std::array kFunctions{
    OpFunction{"__operators__.add", "x y", "AddV2"},
    OpFunction{"math.add", "x y", "AddV2"},
    OpFunction{"math.subtract", "x y", "Sub"},
    OpFunction{"math.multiply", "x y", "Mul"},
    OpFunction{"math.truediv", "x y", "RealDiv"},
    OpFunction{"math.divide", "x y", "RealDiv"},
    OpFunction{"math.floordiv", "x y", "FloorDiv"},
    OpFunction{"math.floormod", "x y", "FloorMod"},
    OpFunction{"math.pow", "x y", "Pow"},
    OpFunction{"math.maximum", "x y", "Maximum"},
    OpFunction{"math.minimum", "x y", "Minimum"},
    OpFunction{"math.squared_difference", "x y", "SquaredDifference"},
    OpFunction{"math.greater", "x y", "Greater"},
    OpFunction{"math.greater_equal", "x y", "GreaterEqual"},
    OpFunction{"math.less", "x y", "Less"},
    OpFunction{"math.less_equal", "x y", "LessEqual"},
    OpFunction{"math.equal", "x y", "Equal"},
    OpFunction{"math.not_equal", "x y", "NotEqual"},
    OpFunction{"math.negative", "x", "Neg"},
    OpFunction{"math.abs", "x", "Abs"},
    OpFunction{"math.exp", "x", "Exp"},
    OpFunction{"math.log", "x", "Log"},
    OpFunction{"math.sqrt", "x", "Sqrt"},
    OpFunction{"math.rsqrt", "x", "Rsqrt"},
    OpFunction{"math.square", "x", "Square"},
    OpFunction{"math.sin", "x", "Sin"},
    OpFunction{"math.cos", "x", "Cos"},
    OpFunction{"math.tanh", "x", "Tanh"},
    OpFunction{"math.sigmoid", "x", "Sigmoid"},
    OpFunction{"math.logical_not", "x", "LogicalNot"},
    OpFunction{"nn.relu", "features", "Relu"},
    OpFunction{"nn.relu6", "features", "Relu6"},
    OpFunction{"nn.elu", "features", "Elu"},
    OpFunction{"nn.selu", "features", "Selu"},
    OpFunction{"nn.softplus", "features", "Softplus"},
    OpFunction{"nn.softsign", "features", "Softsign"},
    OpFunction{"identity", "input", "Identity"},
    OpFunction{"stop_gradient", "input", "StopGradient"},
    special("nn.leaky_relu", "features alpha", leaky_relu),
    special("nn.gelu", "features approximate", gelu),
    special("nn.silu", "features", unary<ops::swish>),
    special("nn.softmax", "logits axis", softmax),
    special("math.logical_and", "x y", logical_and),
    special("math.logical_or", "x y", logical_or),
    special("math.reduce_sum", "input_tensor axis keepdims", reduce<ops::reduce_sum>),
    special("math.reduce_mean", "input_tensor axis keepdims", reduce<ops::reduce_mean>),
    special("math.reduce_max", "input_tensor axis keepdims", reduce<ops::reduce_max>),
    special("math.reduce_min", "input_tensor axis keepdims", reduce<ops::reduce_min>),
    special("math.reduce_prod", "input_tensor axis keepdims", reduce<ops::reduce_prod>),
    special("math.reduce_any", "input_tensor axis keepdims", reduce<ops::reduce_any>),
    special("math.reduce_all", "input_tensor axis keepdims", reduce<ops::reduce_all>),
    special("concat", "values axis", concat),
    special("stack", "values axis", stack),
    special("expand_dims", "input axis", expand_dims),
    special("squeeze", "input axis", squeeze),
    special("transpose", "a perm", transpose),
    special("compat.v1.transpose", "a perm", transpose),
    special("reshape", "tensor shape", reshape),
    special("linalg.matmul", "a b transpose_a transpose_b", matmul),
    special("where", "condition x y", where),
    special("cast", "x dtype", cast),
    special("clip_by_value", "t clip_value_min clip_value_max", clip),
    special("tile", "input multiples", tile),
    special("zeros_like", "input", unary<ops::zeros_like>),
    special("ones_like", "input", unary<ops::ones_like>),
    special("__operators__.getitem", "tensor slice_spec", getitem),
    // Keras 3
    OpFunction{"ops>Add", "x1 x2", "AddV2"},
    OpFunction{"ops>Subtract", "x1 x2", "Sub"},
    OpFunction{"ops>Multiply", "x1 x2", "Mul"},
    OpFunction{"ops>TrueDivide", "x1 x2", "RealDiv"},
    OpFunction{"ops>Divide", "x1 x2", "RealDiv"},
    OpFunction{"ops>FloorDivide", "x1 x2", "FloorDiv"},
    OpFunction{"ops>Mod", "x1 x2", "FloorMod"},
    OpFunction{"ops>Power", "x1 x2", "Pow"},
    OpFunction{"ops>Maximum", "x1 x2", "Maximum"},
    OpFunction{"ops>Minimum", "x1 x2", "Minimum"},
    OpFunction{"ops>Greater", "x1 x2", "Greater"},
    OpFunction{"ops>GreaterEqual", "x1 x2", "GreaterEqual"},
    OpFunction{"ops>Less", "x1 x2", "Less"},
    OpFunction{"ops>LessEqual", "x1 x2", "LessEqual"},
    OpFunction{"ops>Equal", "x1 x2", "Equal"},
    OpFunction{"ops>NotEqual", "x1 x2", "NotEqual"},
    OpFunction{"ops>LogicalNot", "x", "LogicalNot"},
    OpFunction{"ops>Negative", "x", "Neg"},
    OpFunction{"ops>Absolute", "x", "Abs"},
    OpFunction{"ops>Exp", "x", "Exp"},
    OpFunction{"ops>Log", "x", "Log"},
    OpFunction{"ops>Sqrt", "x", "Sqrt"},
    OpFunction{"ops>Square", "x", "Square"},
    OpFunction{"ops>Sin", "x", "Sin"},
    OpFunction{"ops>Cos", "x", "Cos"},
    OpFunction{"ops>Tanh", "x", "Tanh"},
    OpFunction{"ops>Relu", "x", "Relu"},
    OpFunction{"ops>Relu6", "x", "Relu6"},
    OpFunction{"ops>Elu", "x", "Elu"},
    OpFunction{"ops>Selu", "x", "Selu"},
    OpFunction{"ops>Sigmoid", "x", "Sigmoid"},
    OpFunction{"ops>Softplus", "x", "Softplus"},
    OpFunction{"ops>Softsign", "x", "Softsign"},
    special("ops>Silu", "x", unary<ops::swish>),
    special("ops>Gelu", "x approximate", gelu_keras3),
    special("ops>LeakyRelu", "x negative_slope", leaky_relu),
    special("ops>Softmax", "x axis", softmax),
    special("ops>LogicalAnd", "x1 x2", logical_and),
    special("ops>LogicalOr", "x1 x2", logical_or),
    special("ops>Sum", "x axis keepdims", reduce<ops::reduce_sum>),
    special("ops>Mean", "x axis keepdims", reduce<ops::reduce_mean>),
    special("ops>Max", "x axis keepdims", reduce<ops::reduce_max>),
    special("ops>Min", "x axis keepdims", reduce<ops::reduce_min>),
    special("ops>Prod", "x axis keepdims", reduce<ops::reduce_prod>),
    special("ops>Any", "x axis keepdims", reduce<ops::reduce_any>),
    special("ops>All", "x axis keepdims", reduce<ops::reduce_all>),
    special("ops>Concatenate", "xs axis", concat),
    special("ops>Stack", "x axis", stack),
    special("ops>ExpandDims", "x axis", expand_dims),
    special("ops>Squeeze", "x axis", squeeze),
    special("ops>Transpose", "x axes", transpose),
    special("ops>Reshape", "x newshape", reshape),
    special("ops>Matmul", "x1 x2", matmul),
    special("ops>Where", "condition x1 x2", where),
    special("ops>Cast", "x dtype", cast),
    special("ops>Clip", "x x_min x_max", clip),
    special("ops>Tile", "x repeats", tile),
    special("ops>ZerosLike", "x", unary<ops::zeros_like>),
    special("ops>OnesLike", "x", unary<ops::ones_like>),
    special("ops>GetItem", "x key", getitem),
};

constexpr std::string_view kKeras3 = "ops>";

}  // namespace

bool OpFunction::is_binary() const { return std::strchr(parameters, ' ') != nullptr; }

std::vector<std::string> OpFunction::parameter_names() const {
  std::vector<std::string> names(1);
  for (const char* c = parameters; *c; ++c) {
    if (*c == ' ') {
      names.emplace_back();
    } else {
      names.back() += *c;
    }
  }
  return names;
}

const OpFunction* find_op_function(std::string_view name) {
  const auto* at = std::find_if(kFunctions.begin(), kFunctions.end(), [&](const auto& f) { return name == f.name; });
  return at == kFunctions.end() ? nullptr : at;
}

const OpFunction* find_function_of_op(std::string_view op) {
  const auto* at =
      std::find_if(kFunctions.begin(), kFunctions.end(), [&](const auto& f) { return f.op && op == f.op; });
  return at == kFunctions.end() || std::string_view(at->name).starts_with(kKeras3) ? nullptr : at;
}

std::vector<std::string> keras3_operations() {
  std::vector<std::string> names;
  for (const auto& f : kFunctions) {
    if (std::string_view(f.name).starts_with(kKeras3)) names.emplace_back(f.name);
  }
  return names;
}

const char* keras3_module(std::string_view operation) {
  constexpr std::array<std::string_view, 11> kNn = {"ops>Relu",    "ops>Relu6",     "ops>Elu",      "ops>Selu",
                                                    "ops>Sigmoid", "ops>Softplus",  "ops>Softsign", "ops>Silu",
                                                    "ops>Gelu",    "ops>LeakyRelu", "ops>Softmax"};
  if (std::ranges::find(kNn, operation) != kNn.end()) return "keras.src.ops.nn";
  return operation == "ops>Cast" ? "keras.src.ops.core" : "keras.src.ops.numpy";
}

}  // namespace hornbeam
