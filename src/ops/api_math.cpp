// The public element-wise functions, reductions and products of hornbeam/ops_math.hpp.
#include <cmath>
#include <utility>

#include "hornbeam/ops_math.hpp"
#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/int_values.h"
#include "ops/op_def.h"

namespace hornbeam::ops {
namespace {

std::pair<Tensor, Tensor> both(const Arg& x, const Arg& y) { return {x.like(y), y.like(x)}; }

Tensor binary(const char* op, const Arg& x, const Arg& y) {
  const auto [a, b] = both(x, y);
  return call_op1(op, {a, b});
}

std::int64_t known_axis(const Tensor& x, std::int64_t axis, const char* what) {
  if (!x.shape().has_rank()) throw ValueError(std::string(what) + " of a tensor of unknown rank needs axis -1");
  if (const auto found = axis_from_front(axis, x.rank())) return static_cast<std::int64_t>(*found);
  throw InvalidArgumentError("`axis` must be in [-" + std::to_string(x.rank()) + ", " + std::to_string(x.rank()) +
                             "), got " + std::to_string(axis));
}

// TensorFlow's kernels take the last dim: another axis is swapped there and back.
Tensor over_last_dim(const char* op, const Tensor& x, std::int64_t axis) {
  if (axis == -1) return call_op1(op, {x});
  const auto at = known_axis(x, axis, op);
  const auto last = static_cast<std::int64_t>(x.rank()) - 1;
  if (at == last) return call_op1(op, {x});
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i <= last; ++i) order.push_back(i == at ? last : i == last ? at : i);
  const auto perm = int32_vector(order);
  return call_op1("Transpose", {call_op1(op, {call_op1("Transpose", {x, perm})}), perm});
}

Tensor axes_tensor(const Tensor& x, const Axes& axes) {
  if (axes.values()) return int32_vector(*axes.values());
  if (!x.shape().has_rank()) {
    return call_op1("Range", {Tensor::scalar<std::int32_t>(0), call_op1("Rank", {x}), Tensor::scalar<std::int32_t>(1)});
  }
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < x.rank(); ++i) all.push_back(static_cast<std::int64_t>(i));
  return int32_vector(all);
}

Tensor reduction(const char* op, const Tensor& x, const Axes& axes, bool keepdims) {
  return call_op1(op, {x, axes_tensor(x, axes)}, {{"keep_dims", keepdims}});
}

Tensor axis_tensor(std::int64_t axis) { return scalar(DType::int32, axis); }

[[noreturn]] void refuse_number(DType dtype, const std::string& value, const char* type) {
  throw TypeError("Expected " + std::string(name_of(dtype)) + ", but got " + value + " of type '" + type + "'.");
}

}  // namespace

Tensor scalar(DType dtype, std::int64_t value) {
  return dispatch<NumberAndBoolTypes>(dtype, "Const", [&]<class T>() -> Tensor {
    if constexpr (std::is_same_v<T, bool>) {
      return Tensor::scalar(value != 0);
    } else if constexpr (std::is_integral_v<T>) {
      if (!std::in_range<T>(value)) refuse_number(dtype, std::to_string(value), "int");
      return Tensor::scalar(static_cast<T>(value));
    } else {
      return Tensor::scalar(static_cast<T>(static_cast<compute_t<T>>(value)));
    }
  });
}

Tensor scalar(DType dtype, double value) {
  if (!is_floating(dtype)) {
    // A whole number will do; 9e18 bounds what an int64 holds.
    if (!(std::nearbyint(value) == value && std::fabs(value) < 9e18)) {
      std::string text = std::to_string(value);
      text.erase(text.find_last_not_of('0') + 1);
      refuse_number(dtype, text, "float");
    }
    return scalar(dtype, static_cast<std::int64_t>(value));
  }
  return dispatch<FloatTypes>(dtype, "Const", [&]<class T>() -> Tensor {
    return Tensor::scalar(static_cast<T>(static_cast<compute_t<T>>(value)));
  });
}

Tensor read(const Variable& variable) { return Tensor(variable); }

Tensor Arg::like(const Arg& partner) const {
  if (const auto* t = tensor()) return *t;
  const bool is_float = std::holds_alternative<double>(value_);
  const auto* other = partner.tensor();
  const auto dtype = other ? other->dtype() : is_float ? DType::float32 : DType::int32;
  return is_float ? scalar(dtype, std::get<double>(value_)) : scalar(dtype, std::get<std::int64_t>(value_));
}

#define HB_BINARY(name, Op) \
  Tensor name(const Arg& x, const Arg& y) { return binary(Op, x, y); }
HB_BINARY(add, "AddV2")
HB_BINARY(subtract, "Sub")
HB_BINARY(multiply, "Mul")
HB_BINARY(divide_no_nan, "DivNoNan")
HB_BINARY(multiply_no_nan, "MulNoNan")
HB_BINARY(floor_div, "FloorDiv")
HB_BINARY(mod, "FloorMod")
HB_BINARY(pow, "Pow")
HB_BINARY(maximum, "Maximum")
HB_BINARY(minimum, "Minimum")
HB_BINARY(squared_difference, "SquaredDifference")
HB_BINARY(atan2, "Atan2")
HB_BINARY(xlogy, "Xlogy")
HB_BINARY(xdivy, "Xdivy")
HB_BINARY(equal, "Equal")
HB_BINARY(not_equal, "NotEqual")
HB_BINARY(less, "Less")
HB_BINARY(less_equal, "LessEqual")
HB_BINARY(greater, "Greater")
HB_BINARY(greater_equal, "GreaterEqual")
#undef HB_BINARY

Tensor divide(const Arg& x, const Arg& y) {
  // tf.math.truediv: 8 and 16 bit integers become float32, wider ones float64.
  const auto* t = x.tensor() ? x.tensor() : y.tensor();
  if (!t || !is_integer(t->dtype())) return binary("RealDiv", x, y);
  const auto to = size_of(t->dtype()) <= 2 ? DType::float32 : DType::float64;
  const auto floating = [&](const Arg& a) -> Arg {
    return a.tensor() ? Arg(call_op1("Cast", {*a.tensor()}, {{"DstT", to}})) : a;
  };
  return binary("RealDiv", floating(x), floating(y));
}

Tensor add_n(const std::vector<Tensor>& inputs) { return call_op("AddN", inputs).at(0); }
Tensor logical_and(const Tensor& x, const Tensor& y) { return call_op1("LogicalAnd", {x, y}); }
Tensor logical_or(const Tensor& x, const Tensor& y) { return call_op1("LogicalOr", {x, y}); }
Tensor logical_xor(const Tensor& x, const Tensor& y) {
  return logical_and(logical_or(x, y), logical_not(logical_and(x, y)));
}

#define HB_UNARY(name, Op) \
  Tensor name(const Tensor& x) { return call_op1(Op, {x}); }
HB_UNARY(logical_not, "LogicalNot")
HB_UNARY(negative, "Neg")
HB_UNARY(abs, "Abs")
HB_UNARY(sign, "Sign")
HB_UNARY(square, "Square")
HB_UNARY(sqrt, "Sqrt")
HB_UNARY(rsqrt, "Rsqrt")
HB_UNARY(reciprocal, "Reciprocal")
HB_UNARY(exp, "Exp")
HB_UNARY(expm1, "Expm1")
HB_UNARY(log, "Log")
HB_UNARY(log1p, "Log1p")
HB_UNARY(sin, "Sin")
HB_UNARY(cos, "Cos")
HB_UNARY(tan, "Tan")
HB_UNARY(asin, "Asin")
HB_UNARY(acos, "Acos")
HB_UNARY(atan, "Atan")
HB_UNARY(sinh, "Sinh")
HB_UNARY(cosh, "Cosh")
HB_UNARY(tanh, "Tanh")
HB_UNARY(asinh, "Asinh")
HB_UNARY(acosh, "Acosh")
HB_UNARY(atanh, "Atanh")
HB_UNARY(erf, "Erf")
HB_UNARY(erfc, "Erfc")
HB_UNARY(erfinv, "Erfinv")
HB_UNARY(lgamma, "Lgamma")
HB_UNARY(digamma, "Digamma")
HB_UNARY(floor, "Floor")
HB_UNARY(ceil, "Ceil")
HB_UNARY(round, "Round")
HB_UNARY(is_nan, "IsNan")
HB_UNARY(is_inf, "IsInf")
HB_UNARY(is_finite, "IsFinite")
HB_UNARY(relu, "Relu")
HB_UNARY(relu6, "Relu6")
HB_UNARY(elu, "Elu")
HB_UNARY(selu, "Selu")
HB_UNARY(sigmoid, "Sigmoid")
HB_UNARY(softplus, "Softplus")
HB_UNARY(softsign, "Softsign")
HB_UNARY(l2_loss, "L2Loss")
#undef HB_UNARY

Tensor clip_by_value(const Tensor& x, const Arg& low, const Arg& high) { return maximum(minimum(x, high), low); }
Tensor leaky_relu(const Tensor& x, double alpha) {
  return call_op1("LeakyRelu", {x}, {{"alpha", static_cast<float>(alpha)}});
}
Tensor gelu(const Tensor& x, bool approximate) {
  if (approximate) {
    return 0.5 * x * (1.0 + tanh(0.7978845608028654 * (x + 0.044715 * pow(x, 3))));
  }
  return 0.5 * x * (1.0 + erf(x / 1.4142135623730951));
}
Tensor swish(const Tensor& x) { return x * sigmoid(x); }
Tensor softmax(const Tensor& logits, std::int64_t axis) { return over_last_dim("Softmax", logits, axis); }
Tensor log_softmax(const Tensor& logits, std::int64_t axis) { return over_last_dim("LogSoftmax", logits, axis); }

#define HB_REDUCTION(name, Op) \
  Tensor name(const Tensor& x, const Axes& axis, bool keepdims) { return reduction(Op, x, axis, keepdims); }
HB_REDUCTION(reduce_sum, "Sum")
HB_REDUCTION(reduce_mean, "Mean")
HB_REDUCTION(reduce_max, "Max")
HB_REDUCTION(reduce_min, "Min")
HB_REDUCTION(reduce_prod, "Prod")
HB_REDUCTION(reduce_all, "All")
HB_REDUCTION(reduce_any, "Any")
HB_REDUCTION(euclidean_norm, "EuclideanNorm")
#undef HB_REDUCTION

Tensor reduce_variance(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduce_mean(square(x - reduce_mean(x, axis, true)), axis, keepdims);
}
Tensor reduce_std(const Tensor& x, const Axes& axis, bool keepdims) { return sqrt(reduce_variance(x, axis, keepdims)); }
Tensor reduce_logsumexp(const Tensor& x, const Axes& axis, bool keepdims) {
  // The maximum is taken out so that exp does not overflow; an infinite one is not, or it would give NaN.
  const auto top = reduce_max(x, axis, true);
  const auto shift = call_op1("SelectV2", {is_finite(top), top, scalar(x.dtype(), 0.0)});
  auto result = log(reduce_sum(exp(x - shift), axis, true)) + shift;
  return keepdims ? result : reduce_sum(result, axis, false);
}
Moments moments(const Tensor& x, const Axes& axis, bool keepdims) {
  const auto mean = reduce_mean(x, axis, true);
  const auto variance = reduce_mean(squared_difference(x, mean), axis, keepdims);
  return {keepdims ? mean : reduce_mean(x, axis, false), variance};
}
Tensor l2_normalize(const Tensor& x, const Axes& axis, double epsilon) {
  return x * rsqrt(maximum(reduce_sum(square(x), axis, true), epsilon));
}

Tensor argmax(const Tensor& x, std::int64_t axis, DType output_type) {
  return call_op1("ArgMax", {x, axis_tensor(axis)}, {{"output_type", output_type}});
}
Tensor argmin(const Tensor& x, std::int64_t axis, DType output_type) {
  return call_op1("ArgMin", {x, axis_tensor(axis)}, {{"output_type", output_type}});
}
Tensor cumsum(const Tensor& x, std::int64_t axis, bool exclusive, bool reverse) {
  return call_op1("Cumsum", {x, axis_tensor(axis)}, {{"exclusive", exclusive}, {"reverse", reverse}});
}
Tensor cumprod(const Tensor& x, std::int64_t axis, bool exclusive, bool reverse) {
  return call_op1("Cumprod", {x, axis_tensor(axis)}, {{"exclusive", exclusive}, {"reverse", reverse}});
}
TopK top_k(const Tensor& x, std::int64_t k, bool sorted) {
  auto results = call_op("TopKV2", {x, scalar(DType::int32, k)}, {{"sorted", sorted}});
  return {results.at(0), results.at(1)};
}
Tensor in_top_k(const Tensor& targets, const Tensor& predictions, std::int64_t k) {
  return call_op1("InTopKV2", {predictions, targets, scalar(targets.dtype(), k)});
}

Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  const auto is_matrix = [](const Tensor& t) { return t.shape().has_rank() && t.rank() == 2; };
  if (is_matrix(a) && is_matrix(b)) {
    return call_op1("MatMul", {a, b}, {{"transpose_a", transpose_a}, {"transpose_b", transpose_b}});
  }
  return call_op1("BatchMatMulV2", {a, b}, {{"adj_x", transpose_a}, {"adj_y", transpose_b}});
}

Tensor tensordot(const Tensor& x, const Tensor& matrix) {
  const auto& shape = x.shape();
  if (!shape.has_rank()) throw ValueError("tensordot needs a tensor of known rank");
  if (!matrix.shape().has_rank() || matrix.rank() != 2) {
    throw InvalidArgumentError("tensordot multiplies by a matrix, received shape " + matrix.shape().to_string());
  }
  if (shape.rank() == 2) return matmul(x, matrix);
  if (shape.rank() == 0) throw InvalidArgumentError("tensordot of a scalar");
  const auto k = matrix.shape()[0], n = matrix.shape()[1];
  std::size_t unknown = n < 0;
  std::vector<std::int64_t> result(shape.begin(), shape.end() - 1);
  for (const auto d : result) unknown += d < 0;
  result.push_back(n);
  const auto rows = call_op1("Reshape", {x, int32_vector({-1, k >= 0 ? k : shape.back()})});
  const auto product = call_op1("MatMul", {rows, matrix});
  if (unknown <= 1 && n != 0) return call_op1("Reshape", {product, int32_vector(result)});
  const auto one = [](std::int64_t v) { return int32_vector({v}); };
  const auto lead =
      call_op1("StridedSlice", {call_op1("Shape", {x}), one(0), one(-1), one(1)}, {{"begin_mask", std::int64_t{1}}});
  const auto last = n >= 0 ? one(n) : call_op1("StridedSlice", {call_op1("Shape", {matrix}), one(1), one(2), one(1)});
  return call_op1("Reshape", {product, call_op1("ConcatV2", {lead, last, Tensor::scalar<std::int32_t>(0)})});
}

Tensor einsum(std::string_view equation, const std::vector<Tensor>& inputs) {
  return call_op("Einsum", inputs, {{"equation", std::string(equation)}}).at(0);
}

Tensor sparse_softmax_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits) {
  return call_op("SparseSoftmaxCrossEntropyWithLogits", {logits, labels}).at(0);
}
Tensor softmax_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits) {
  return call_op("SoftmaxCrossEntropyWithLogits", {logits, labels}).at(0);
}
Qr qr(const Tensor& x, bool full_matrices) {
  auto results = call_op("Qr", {x}, {{"full_matrices", full_matrices}});
  return {results.at(0), results.at(1)};
}

}  // namespace hornbeam::ops
