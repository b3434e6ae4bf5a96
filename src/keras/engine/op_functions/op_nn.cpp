// Activations, normalisations and losses.
#include <array>
#include <limits>

#include "hornbeam/activations.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

template <Tensor (*F)(const Tensor&, double)>
Values with_number(const OpCall& a) {
  if (a.plain(1).is_null()) a.missing(1);
  return F(a.tensor(0), a.plain(1).as_double());
}
Values threshold(const OpCall& a) { return activations::threshold(a.tensor(0), a.number(1, 0), a.number(2, 0)); }
Values glu(const OpCall& a) { return activations::glu(a.tensor(0), a.integer(1, -1)); }
Values log_softmax(const OpCall& a) { return ops::log_softmax(a.tensor(0), a.integer(1, -1)); }
Values sparsemax(const OpCall& a) { return activations::sparsemax(a.tensor(0), a.integer(1, -1)); }
Values crelu(const OpCall& a) {
  const auto x = a.tensor(0);
  return ops::relu(ops::concat({x, -x}, a.integer(1, -1)));
}

ops::Axes axes_or_all(const OpCall& a, std::size_t i) {
  return a.plain(i).is_null() ? ops::Axes() : ops::Axes(a.integers(i));
}
Values l2_normalize(const OpCall& a) { return ops::l2_normalize(a.tensor(0), axes_or_all(a, 1), a.number(2, 1e-12)); }
Values clip_by_norm(const OpCall& a) {
  const auto x = a.tensor(0), limit = a.tensor(1);
  const auto sums = ops::reduce_sum(ops::square(x), axes_or_all(a, 2), true);
  const auto some = ops::greater(sums, 0);
  const auto norms = ops::where(some, ops::sqrt(ops::where(some, sums, ops::ones_like(sums))), sums);
  return x * limit / ops::maximum(norms, limit);
}
Tensor p_norm(const Tensor& x, double order, const ops::Axes& axes, bool keepdims) {
  if (order == std::numeric_limits<double>::infinity()) return ops::reduce_max(ops::abs(x), axes, keepdims);
  if (order == -std::numeric_limits<double>::infinity()) return ops::reduce_min(ops::abs(x), axes, keepdims);
  if (order == 1) return ops::reduce_sum(ops::abs(x), axes, keepdims);
  if (order == 2) return ops::sqrt(ops::reduce_sum(ops::square(x), axes, keepdims));
  if (order == 0) return ops::reduce_sum(ops::cast(ops::not_equal(x, 0), x.dtype()), axes, keepdims);
  return ops::pow(ops::reduce_sum(ops::pow(ops::abs(x), order), axes, keepdims), 1 / order);
}
double order_of(const Config& order) {
  if (!order.is_string()) return order.is_null() ? 2 : order.as_double();
  if (order == Config("euclidean") || order == Config("fro")) return 2;
  if (order == Config("inf")) return std::numeric_limits<double>::infinity();
  throw NotImplementedError("the norm " + order.dump() + " is not yet supported");
}
// tf.norm of a matrix is of its elements for "euclidean" alone; Keras 3's for no order and "fro".
Values norm(const OpCall& a) {
  const auto x = as_floats(a.tensor(0));
  const auto& axis = a.plain(2);
  const auto order = order_of(a.plain(1));
  const bool matrix = axis.is_list() ? axis.size() > 1 : axis.is_null() && rank_of(x) > 1;
  if (matrix && !a.plain(1).is_null() && !a.plain(1).is_string()) {
    throw NotImplementedError("the norm " + a.plain(1).dump() + " of a matrix is not yet supported");
  }
  return p_norm(x, order, axes_or_all(a, 2), a.flag(3));
}
// Keras 3: x over its norm, which is epsilon at least.
Values normalize(const OpCall& a) {
  const auto x = as_floats(a.tensor(0));
  const auto epsilon = a.number(3, backend::epsilon());
  const auto order = order_of(a.plain(2));
  if (order == 2) {
    const auto sums = ops::reduce_sum(ops::square(x), axes_or_all(a, 1), true);
    return x * ops::rsqrt(ops::maximum(sums, epsilon * epsilon));
  }
  return x / ops::maximum(p_norm(x, order, axes_or_all(a, 1), true), epsilon);
}
Values moments(const OpCall& a) {
  const auto found = ops::moments(a.tensor(0), ops::Axes(a.integers(1)), a.flag(2));
  return several({found.mean, found.variance});
}
Values layer_norm(const OpCall& a) {
  const auto x = as_floats(a.tensor(0));
  if (a.flag(5)) throw NotImplementedError("layer_normalization with rms_scaling is not yet supported");
  const auto found = ops::moments(x, axes_or_all(a, 3), true);
  auto y = (x - found.mean) * ops::rsqrt(found.variance + a.number(4, backend::epsilon()));
  if (a.has(1)) y = y * a.tensor(1);
  return a.has(2) ? y + a.tensor(2) : y;
}
Values rms_norm(const OpCall& a) {
  const auto x = as_floats(a.tensor(0));
  const auto mean = ops::reduce_mean(ops::square(x), axes_or_all(a, 2), true);
  const auto y = x * ops::rsqrt(mean + a.number(3, backend::epsilon()));
  return a.has(1) ? y * a.tensor(1) : y;
}
Values batch_norm(const OpCall& a) {
  const auto x = as_floats(a.tensor(0));
  Ints dims(x.shape().rank(), 1);
  dims[static_cast<std::size_t>(axis_of(x, a.integer(5, -1)))] = None;
  const auto along = [&](std::size_t i) { return ops::reshape(ops::cast(a.tensor(i), x.dtype()), Shape(dims)); };
  auto y = (x - along(1)) * ops::rsqrt(along(2) + a.number(6, 1e-3));
  if (a.has(4)) y = y * along(4);
  return a.has(3) ? y + along(3) : y;
}
Values bias_add(const OpCall& a) {
  const auto format = a.text(2, "NHWC");
  return ops::bias_add(a.tensor(0), ops::cast(a.tensor(1), a.tensor(0).dtype()),
                       format.starts_with("NC") ? "NCHW" : "NHWC");
}

Tensor sigmoid_entropy(const Tensor& target, const Tensor& logits) {
  return ops::relu(logits) - logits * target + ops::log1p(ops::exp(-ops::abs(logits)));
}
Values sigmoid_cross_entropy(const OpCall& a) { return sigmoid_entropy(a.tensor(0), a.tensor(1)); }
Values softmax_cross_entropy(const OpCall& a) {
  if (a.integer(2, -1) != -1) throw NotImplementedError("a cross entropy along another axis is not yet supported");
  const auto labels = a.tensor(0), logits = a.tensor(1);
  const auto n = logits.shape().back();
  const auto loss = ops::softmax_cross_entropy_with_logits(ops::reshape(labels, Shape{None, n}),
                                                           ops::reshape(logits, Shape{None, n}));
  const auto shape = ops::shape(logits);
  return ops::reshape(loss, ops::slice(shape, {0}, {rank_of(logits) - 1}));
}
Tensor clipped(const Tensor& x) { return ops::clip_by_value(x, backend::epsilon(), 1 - backend::epsilon()); }
Values binary_crossentropy(const OpCall& a) {
  const auto target = a.tensor(0), output = a.tensor(1);
  if (a.flag(2)) return sigmoid_entropy(target, output);
  const auto p = clipped(output);
  return -(target * ops::log(p) + (1 - target) * ops::log(1 - p));
}
// Keras 2 adds epsilon once more.
Values backend_binary_crossentropy(const OpCall& a) {
  const auto target = a.tensor(0), output = a.tensor(1);
  if (a.flag(2)) return sigmoid_entropy(target, output);
  const auto p = clipped(output);
  const auto epsilon = backend::epsilon();
  return -(target * ops::log(p + epsilon) + (1 - target) * ops::log(1 - p + epsilon));
}
Values categorical_crossentropy(const OpCall& a) {
  const auto target = a.tensor(0), output = a.tensor(1);
  const auto axis = a.integer(3, -1);
  if (a.flag(2)) return -ops::reduce_sum(target * ops::log_softmax(output, axis), axis);
  return -ops::reduce_sum(target * ops::log(clipped(output / ops::reduce_sum(output, axis, true))), axis);
}

constexpr std::array kNn{
    elementwise("math.sigmoid", "x", "Sigmoid", "ops>Sigmoid"),
    elementwise("math.softplus", "features", "Softplus", "ops>Softplus"),
    elementwise("nn.softplus", "features", "Softplus", "ops>Softplus"),
    elementwise("nn.relu", "features", "Relu", "ops>Relu", kNamed),
    elementwise("nn.relu6", "features", "Relu6", "ops>Relu6"),
    elementwise("nn.elu", "features", "Elu", "ops>Elu", kNamed),
    elementwise("nn.selu", "features", "Selu", "ops>Selu", kNamed),
    elementwise("nn.softsign", "features", "Softsign", "ops>Softsign", kNamed),
    special("nn.leaky_relu", "features alpha=0.2", leaky_relu, "ops>LeakyRelu"),
    special("nn.gelu", "features approximate=false", gelu, "ops>Gelu"),
    special("nn.silu", "features beta==1.0", unary<ops::swish>, "ops>Silu"),
    special("nn.softmax", "logits axis=-1", softmax, "ops>Softmax"),
    special("ops>Elu", "x alpha=1.0", elu),
    special("ops>Silu", "x", unary<ops::swish>),
    special("ops>Gelu", "x approximate=true", gelu_keras3),
    special("ops>LeakyRelu", "x negative_slope=0.2", leaky_relu),
    special("ops>Softmax", "x axis=-1", softmax),
    special("nn.log_softmax", "logits axis=-1", log_softmax, "ops>LogSoftmax"),
    special("compat.v1.nn.crelu", "features axis=-1", crelu),
    special("math.l2_normalize", "x axis= epsilon=", l2_normalize),
    special("nn.l2_normalize", "x axis= epsilon=", l2_normalize),
    special("clip_by_norm", "t clip_norm axes=", clip_by_norm),
    special("compat.v1.norm", "tensor ord= axis= keepdims=false", norm),
    special("norm", "tensor ord= axis= keepdims=false", norm),
    special("nn.bias_add", "value bias data_format=", bias_add),
    special("nn.moments", "x axes= keepdims=false shift==", moments),
    special("compat.v1.nn.sigmoid_cross_entropy_with_logits", "labels logits", sigmoid_cross_entropy),
    special("nn.sigmoid_cross_entropy_with_logits", "labels logits", sigmoid_cross_entropy),
    special("compat.v1.nn.softmax_cross_entropy_with_logits_v2", "labels logits axis=-1", softmax_cross_entropy),
    special("nn.softmax_cross_entropy_with_logits", "labels logits axis=-1", softmax_cross_entropy),
    special("keras.backend.binary_crossentropy", "target output from_logits=false", backend_binary_crossentropy),
    special("ops>Celu", "x alpha=1.0", with_number<activations::celu>),
    special("ops>Glu", "x axis=-1", glu),
    special("ops>HardSigmoid", "x", unary<activations::hard_sigmoid_keras3>),
    special("ops>HardSilu", "x", unary<activations::hard_silu>),
    special("ops>HardTanh", "x", unary<activations::hard_tanh>),
    special("ops>HardShrink", "x threshold=0.5", with_number<activations::hard_shrink>),
    special("ops>SoftShrink", "x threshold=0.5", with_number<activations::soft_shrink>),
    special("ops>TanhShrink", "x", unary<activations::tanh_shrink>),
    special("ops>Threshold", "x threshold= default_value=", threshold),
    special("ops>LogSigmoid", "x", unary<activations::log_sigmoid>),
    special("ops>LogSoftmax", "x axis=-1", log_softmax),
    special("ops>Sparsemax", "x axis=-1", sparsemax),
    special("ops>SparsePlus", "x", unary<activations::sparse_plus>),
    special("ops>SparseSigmoid", "x", unary<activations::sparse_sigmoid>),
    special("ops>Squareplus", "x b=4", with_number<activations::squareplus>),
    special("ops>Normalize", "x axis=-1 order=2 epsilon=", normalize),
    special("ops>Moments", "x axes= keepdims=false synchronized==false", moments),
    special("ops>LayerNorm", "x gamma beta axis=-1 epsilon= rms_scaling=false", layer_norm),
    special("ops>RMSNorm", "x scale axis=-1 epsilon=", rms_norm),
    special("ops>BatchNorm", "x mean variance offset scale axis= epsilon=", batch_norm),
    special("ops>BinaryCrossentropy", "target output from_logits=false", binary_crossentropy),
    special("ops>CategoricalCrossentropy", "target output from_logits=false axis=-1", categorical_crossentropy),
};

constexpr std::array kNorm{
    special("ops>Norm", "x ord= axis= keepdims=false", norm),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_nn) {
  hornbeam::add_op_functions("nn", hornbeam::kNn);
  hornbeam::add_op_functions("linalg", hornbeam::kNorm);
}
