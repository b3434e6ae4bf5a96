#include "hornbeam/layers/batch_normalization.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/axis_dims.h"
#include "keras/layers/float_inputs.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"

namespace hornbeam {
BatchNormalizationLayer::BatchNormalizationLayer(const BatchNormalizationOptions& options)
    : Layer(options.layer()), o_(options) {
  axis_ = options.axis.size() == 1 ? Config(options.axis[0]) : Config(options.axis);
  check();
}

void BatchNormalizationLayer::check() {
  if (!axis_.is_int() && !axis_.is_list()) {
    throw TypeError("Expected an int or a list/tuple of ints for the argument 'axis', but received: " +
                    (axis_.is_string() ? "'" + axis_.as_string() + "'" : axis_.dump()));
  }
  supports_masking_ = true;
  keeps_axis_ = current_generation() == Generation::keras3;
}

void BatchNormalizationLayer::build(const Shape& input_shape) {
  auto [axes, dims] = axis_dims(axis_, input_shape);
  axes_ = axes;
  if (!keeps_axis_) axis_ = Config(axes_);
  InputSpec spec{.ndim = input_shape.rank()};
  for (std::size_t i = 0; i < axes.size(); ++i) spec.axes.emplace_back(axes[i], dims[i]);
  if (axes_.size() > 1) {
    // Several axes: the parameters broadcast against the input.
    std::vector<std::int64_t> broadcast(input_shape.rank(), 1);
    for (std::size_t i = 0; i < axes_.size(); ++i) broadcast[static_cast<std::size_t>(axes_[i])] = dims[i];
    dims = broadcast;
  }
  const Shape shape(dims);
  // Statistics of 16-bit inputs are kept in float32.
  const auto dtype = statistics_dtype(variable_dtype());
  if (o_.scale) {
    gamma = add_weight("gamma", shape,
                       {.initializer = o_.gamma_initializer,
                        .regularizer = o_.gamma_regularizer,
                        .constraint = o_.gamma_constraint,
                        .dtype = dtype});
  }
  if (o_.center) {
    beta = add_weight("beta", shape,
                      {.initializer = o_.beta_initializer,
                       .regularizer = o_.beta_regularizer,
                       .constraint = o_.beta_constraint,
                       .dtype = dtype});
  }
  moving_mean =
      add_weight("moving_mean", shape, {.initializer = o_.moving_mean_initializer, .trainable = false, .dtype = dtype});
  moving_variance = add_weight("moving_variance", shape,
                               {.initializer = o_.moving_variance_initializer, .trainable = false, .dtype = dtype});
  if (renorm_ && *renorm_) {
    // In TensorFlow's order; only training reads them.
    for (const auto* name : {"moving_stddev", "renorm_mean", "renorm_stddev"}) {
      const auto& initializer =
          std::string_view(name) == "renorm_mean" ? o_.moving_mean_initializer : o_.moving_variance_initializer;
      add_weight(name, shape, {.initializer = initializer, .trainable = false, .dtype = dtype});
    }
  }
  input_spec_ = {spec};
}

bool BatchNormalizationLayer::can_fuse(const Tensor& x) const {
  return x.rank() == 4 && axes_.size() == 1 && (axes_[0] == 3 || axes_[0] == 1) && x.dtype() != DType::float64;
}

namespace {

// tf.nn.batch_normalization: x * inv + (offset - mean * inv). What is undefined is left out.
struct Normalization {
  Tensor x;
  const std::vector<std::int64_t>& axes;
  double epsilon;

  Tensor aligned(const Tensor& v) const {
    if (axes.size() > 1 || axes[0] == static_cast<std::int64_t>(x.rank()) - 1) return v;
    std::vector<std::int64_t> shape(x.rank(), 1);
    shape[static_cast<std::size_t>(axes[0])] = v.num_elements();
    return ops::reshape(v, Shape(shape));
  }
  Values by(const Tensor& mean, const Tensor& variance, const Tensor& scale, const Tensor& offset) const {
    Tensor inv = ops::rsqrt(variance + epsilon);
    if (scale.defined()) inv = inv * scale;
    const auto shift = offset.defined() ? offset - mean * inv : -(mean * inv);
    return ops::cast(ops::cast(x, mean.dtype()) * aligned(inv) + aligned(shift), x.dtype());
  }
};

Tensor as(DType dtype, const Variable& variable) { return variable ? ops::cast(Tensor(variable), dtype) : Tensor(); }

// Batch renormalisation (Ioffe 2017) in training: what is normalized by the batch is corrected, within limits, to what
// slowly moving statistics would have made of it; the corrections count as constants.
struct Renormalization {
  Variable moving_stddev, mean, stddev;
  Config clipping;

  explicit Renormalization(const std::vector<Layer::Weight>& weights, Config limits) : clipping(std::move(limits)) {
    moving_stddev = weights.at(weights.size() - 3).variable;
    mean = weights.at(weights.size() - 2).variable;
    stddev = weights.at(weights.size() - 1).variable;
  }
  std::optional<double> limit(const char* name) const {
    const auto* value = clipping.is_dict() ? clipping.find(name) : nullptr;
    return value && value->is_number() ? std::optional(value->as_double()) : std::nullopt;
  }
  struct Corrections {
    Tensor r, d;
  };
  Corrections corrections(const Tensor& batch_mean, const Tensor& batch_stddev, double epsilon) const {
    const auto dtype = batch_mean.dtype();
    const auto slow = ops::maximum(as(dtype, stddev), std::sqrt(epsilon));
    auto r = batch_stddev / slow, d = (batch_mean - as(dtype, mean)) / slow;
    if (const auto least = limit("rmin")) r = ops::maximum(r, *least);
    if (const auto most = limit("rmax")) r = ops::minimum(r, *most);
    if (const auto most = limit("dmax")) d = ops::minimum(ops::maximum(d, -*most), *most);
    return {ops::stop_gradient(r), ops::stop_gradient(d)};
  }
};

}  // namespace

Values BatchNormalizationLayer::normalize(const Tensor& x, const Tensor& mean, const Tensor& variance) const {
  // Statistics are float32, but 2.2 normalizes in the input's dtype: in float16 its gradients overflow sooner.
  const auto dtype = current_target() == Target::tf22 ? x.dtype() : mean.dtype();
  return Normalization{x, axes_, o_.epsilon}.by(ops::cast(mean, dtype), ops::cast(variance, dtype), as(dtype, gamma),
                                                as(dtype, beta));
}

namespace {
// The fused op gives the unbiased variance, which Keras 2 keeps; Keras 3 keeps that of the batch.
Tensor moving_target(const Tensor& x, const Tensor& variance) {
  if (current_target() != Target::keras3) return variance;
  const auto count = ops::cast(ops::floor_div(ops::size(x), ops::size(variance)), variance.dtype());
  return variance * (count - 1.0) / count;
}
}  // namespace

Values BatchNormalizationLayer::call(const Values& inputs, CallContext& context) {
  const auto x = as_floats(inputs, compute_dtype());
  const bool training = context.training() && trainable();
  const bool renorm = training && renorm_ && *renorm_;
  if (training && virtual_batch_size_) {
    throw NotImplementedError("BatchNormalization with virtual_batch_size cannot be trained (layer " + name() +
                              "); inference works.");
  }
  if (can_fuse(x) && !renorm) {
    // The fused op takes its parameters in float32 whatever the input.
    const auto channels = x.shape().dim(axes_[0]);
    const auto stat = [](const Variable& v) { return ops::cast(Tensor(v), DType::float32); };
    const auto constant = [&](float value) {
      return Tensor::from<float>({channels}, std::vector<float>(static_cast<std::size_t>(channels), value));
    };
    const auto result = ops::fused_batch_norm(
        x, gamma ? stat(gamma) : constant(1.0F), beta ? stat(beta) : constant(0.0F), stat(moving_mean),
        stat(moving_variance), o_.epsilon, training, axes_[0] == 1 ? "NCHW" : "NHWC");
    if (training) context.update_moving_average(moving_mean, result.mean, o_.momentum);
    if (training) context.update_moving_average(moving_variance, moving_target(x, result.variance), o_.momentum);
    return result.y;
  }
  const auto stats_dtype = statistics_dtype(x.dtype());
  if (!training) {
    return normalize(x, ops::cast(Tensor(moving_mean), stats_dtype), ops::cast(Tensor(moving_variance), stats_dtype));
  }
  std::vector<std::int64_t> reduce;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.rank()); ++i) {
    if (std::find(axes_.begin(), axes_.end(), i) == axes_.end()) reduce.push_back(i);
  }
  // One cast for both uses, whose gradients are summed before they become 16 bits again: alone each may be infinite.
  const auto wide = ops::cast(x, stats_dtype);
  const auto normalized = current_target() == Target::tf22 ? x : wide;
  const auto m = ops::moments(wide, reduce, /*keepdims=*/axes_.size() > 1);
  context.update_moving_average(moving_mean, m.mean, o_.momentum);
  if (!renorm) {
    context.update_moving_average(moving_variance, m.variance, o_.momentum);
    return ops::cast(normalize(normalized, m.mean, m.variance).tensor(), x.dtype());
  }
  const Renormalization by(own_weights(), renorm_clipping_.value_or(Config()));
  const auto stddev = ops::sqrt(m.variance + o_.epsilon);
  const auto corrections = by.corrections(m.mean, stddev, o_.epsilon);
  context.update_moving_average(by.mean, m.mean, renorm_momentum_.value_or(0.99));
  context.update_moving_average(by.stddev, stddev, renorm_momentum_.value_or(0.99));
  // Inference takes the variance of the moving deviation.
  const auto old = as(stddev.dtype(), by.moving_stddev);
  const auto moved = old - (old - stddev) * (1.0 - o_.momentum);
  context.update_moving_average(by.moving_stddev, stddev, o_.momentum);
  context.update_moving_average(moving_variance, ops::relu(moved * moved - o_.epsilon), 0.0);
  auto scale = corrections.r, offset = corrections.d;
  if (const auto g = as(stddev.dtype(), gamma); g.defined()) {
    scale = scale * g;
    offset = offset * g;
  }
  if (beta) offset = offset + as(stddev.dtype(), beta);
  return ops::cast(Normalization{normalized, axes_, o_.epsilon}.by(m.mean, m.variance, scale, offset).tensor(),
                   x.dtype());
}

}  // namespace hornbeam

HB_REGISTER(layer_batch_normalization) {
  using namespace hornbeam;
  register_builtin<BatchNormalizationLayer>({"BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"});
}
