#include "hornbeam/layers/batch_normalization.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "hornbeam/model.hpp"
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
  if (renorm_clipping_ && renorm_clipping_->is_dict()) {
    for (const auto& [key, value] : renorm_clipping_->as_dict()) {
      if (key == "rmax" || key == "rmin" || key == "dmax") continue;
      auto python = renorm_clipping_->dump();
      std::ranges::replace(python, '"', '\'');
      throw ValueError("renorm_clipping " + python + " contains keys not in ['rmax', 'rmin', 'dmax']");
    }
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
  if (axes_.size() > 1 || virtual_batch_size_) {
    // The parameters broadcast against the input.
    std::vector<std::int64_t> broadcast(input_shape.rank(), 1);
    for (std::size_t i = 0; i < axes_.size(); ++i) broadcast[static_cast<std::size_t>(axes_[i])] = dims[i];
    dims = broadcast;
    if (virtual_batch_size_) dims.insert(dims.begin() + 1, 1);
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
  return x.rank() == 4 && axes_.size() == 1 && (axes_[0] == 3 || axes_[0] == 1) && x.dtype() != DType::float64 &&
         !virtual_batch_size_ && !synchronized();
}

namespace {

// tf.nn.batch_normalization: x * inv + (offset - mean * inv). What is undefined is left out.
struct Normalization {
  Tensor x;
  const std::vector<std::int64_t>& axes;
  double epsilon;

  Tensor aligned(const Tensor& v) const {
    if (v.rank() == x.rank() || axes[0] == static_cast<std::int64_t>(x.rank()) - 1) return v;
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

// Of float32 images, and in tf.keras 2.15 of what has three dims, Keras 2 keeps the unbiased variance, which the fused
// op gives; Keras 3 keeps that of the batch.
Tensor unbiased(const Tensor& x, const Tensor& variance, bool remove) {
  const auto count = ops::cast(ops::floor_div(ops::size(x), ops::size(variance)), variance.dtype());
  return remove ? variance * (count - 1.0) / count : variance * count / ops::maximum(count - 1.0, 1.0);
}

// What stands where the mask says so.
ops::Moments masked_moments(const Tensor& x, const Tensor& mask, const std::vector<std::int64_t>& reduce) {
  const auto weights = ops::cast(ops::expand_dims(mask, -1), x.dtype()) + ops::zeros_like(x);
  auto count = ops::reduce_sum(weights, reduce, /*keepdims=*/true);
  const bool keras3 = current_target() == Target::keras3;
  if (keras3) count = count + backend::epsilon();
  // NaN in a masked step: Keras 3 leaves it out, 2.15 multiplies it by 0.
  const auto of_them = [&](const Tensor& t) {
    return keras3 ? ops::where(ops::not_equal(weights, ops::zeros_like(weights)), t, ops::zeros_like(t)) : t * weights;
  };
  const auto mean = ops::reduce_sum(of_them(x), reduce, /*keepdims=*/true) / count;
  return {mean, ops::reduce_sum(ops::square(of_them(x - mean)), reduce, /*keepdims=*/true) / count};
}

// What replicas would have to tell each other: how many there are, their sum and that of their squares.
ops::Moments synchronized_moments(const Tensor& given, const Tensor& mask, const std::vector<std::int64_t>& reduce) {
  const auto target = current_target();
  Tensor x = given, count;
  if (mask.defined()) {
    const auto weights = ops::cast(ops::expand_dims(mask, -1), x.dtype());
    x = x * weights;
    count = ops::reduce_sum(weights + ops::zeros_like(x), reduce, /*keepdims=*/true);
  } else {
    // 2.2 takes the first dims for those that are reduced.
    auto counted = reduce;
    if (target == Target::tf22) std::iota(counted.begin(), counted.end(), 0);
    const Shape of({static_cast<std::int64_t>(counted.size())});
    const auto sizes = ops::gather(ops::shape(x), Tensor::from(of, counted));
    count = ops::cast(ops::reduce_prod(sizes, {0}), x.dtype());
  }
  const auto mean_of = [&](const Tensor& t) {
    const auto sum = ops::reduce_sum(t, reduce, /*keepdims=*/true);
    return target == Target::keras3 ? ops::divide_no_nan(sum, count) : sum / count;
  };
  const auto mean = mean_of(x);
  const auto variance = mean_of(ops::square(x)) - ops::square(mean);
  return {mean, target == Target::keras3 ? ops::maximum(variance, 0.0) : variance};
}

// [batch, ...] -> [of them, the others, ...]: batches of that size beside each other.
Tensor in_virtual_batches(const Tensor& x, std::int64_t of_them) {
  const auto dims = ops::shape(x);
  const auto head = of_them > 0 ? Tensor::from<std::int32_t>({2}, {static_cast<std::int32_t>(of_them), -1})
                                : Tensor::from<std::int32_t>({2}, {-1, 1});
  return ops::reshape(x, ops::concat({head, ops::slice(dims, {1}, {-1})}, 0));
}

}  // namespace

Values BatchNormalizationLayer::call(const Values& inputs, CallContext& context) {
  const auto x = as_floats(inputs, compute_dtype());
  const bool training = context.training() && trainable();
  const bool renorm = training && renorm_ && *renorm_;
  const auto mask = context.mask();
  if (mask.defined() && current_target() == Target::keras3 && mask.rank() + 1 != x.rank()) {
    throw ValueError("The mask provided should be one dimension less than the inputs. Received: mask.shape=" +
                     mask.shape().to_string() + ", inputs.shape=" + x.shape().to_string());
  }
  // 2.15 runs what has three dims by its fused op as well, which knows no masks and gives the unbiased variance.
  const bool fused_in_215 = current_target() == Target::tf215 && x.rank() == 5 && axes_.size() == 1 &&
                            (axes_[0] == 1 || axes_[0] == 4) && x.dtype() != DType::float64 && !virtual_batch_size_ &&
                            !synchronized();
  const bool masked = mask.defined() && training && current_target() != Target::tf22 &&
                      (current_target() == Target::keras3 || !(can_fuse(x) || fused_in_215));
  if (can_fuse(x) && !renorm && !masked) {
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
    const bool remove = current_target() == Target::keras3;
    if (training) {
      context.update_moving_average(moving_variance, remove ? unbiased(x, result.variance, true) : result.variance,
                                    o_.momentum);
    }
    return result.y;
  }
  const auto stats_dtype = statistics_dtype(x.dtype());
  if (!training) {
    const auto mean = ops::cast(Tensor(moving_mean), stats_dtype),
               variance = ops::cast(Tensor(moving_variance), stats_dtype);
    if (!virtual_batch_size_) return normalize(x, mean, variance);
    const auto y = normalize(in_virtual_batches(x, 0), mean, variance).tensor();
    return ops::ensure_shape(ops::reshape(y, ops::shape(x)), x.shape());
  }
  // Reduced are all dims but the axes, and what virtual batches lie along.
  const std::int64_t added = virtual_batch_size_ ? 1 : 0;
  std::vector<std::int64_t> reduce;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.rank()) + added; ++i) {
    if (added && i == 1) continue;
    const auto of = i > 0 ? i - added : i;
    if (std::find(axes_.begin(), axes_.end(), of) == axes_.end()) reduce.push_back(i);
  }
  // One cast for both uses, whose gradients are summed before they become 16 bits again: alone each may be infinite.
  auto wide = ops::cast(x, stats_dtype);
  auto normalized = current_target() == Target::tf22 ? x : wide;
  if (virtual_batch_size_) {
    wide = in_virtual_batches(wide, *virtual_batch_size_);
    normalized = in_virtual_batches(normalized, *virtual_batch_size_);
  }
  const bool keep = axes_.size() > 1 || virtual_batch_size_;
  // Keras 3 has no such rule for what is masked.
  const bool together = synchronized() && !(masked && current_target() == Target::keras3);
  auto m = together ? synchronized_moments(wide, masked ? mask : Tensor(), reduce)
           : masked ? masked_moments(wide, mask, reduce)
                    : ops::moments(wide, reduce, keep);
  if ((masked || together) && !keep) m = {ops::squeeze(m.mean, reduce), ops::squeeze(m.variance, reduce)};
  const auto finished = [&](const Values& y) -> Values {
    const auto narrow = ops::cast(y.tensor(), x.dtype());
    return virtual_batch_size_ ? ops::ensure_shape(ops::reshape(narrow, ops::shape(x)), x.shape()) : narrow;
  };
  // What moves is the mean of the virtual batches.
  const auto moved_by = virtual_batch_size_ ? ops::Moments{ops::reduce_mean(m.mean, {1}, /*keepdims=*/true),
                                                           ops::reduce_mean(m.variance, {1}, /*keepdims=*/true)}
                                            : m;
  context.update_moving_average(moving_mean, moved_by.mean, o_.momentum);
  if (!renorm) {
    context.update_moving_average(moving_variance, fused_in_215 ? unbiased(x, m.variance, false) : moved_by.variance,
                                  o_.momentum);
    return finished(normalize(normalized, m.mean, m.variance));
  }
  const Renormalization by(own_weights(), renorm_clipping_.value_or(Config()));
  const auto stddev = ops::sqrt(moved_by.variance + o_.epsilon);
  const auto corrections = by.corrections(moved_by.mean, stddev, o_.epsilon);
  context.update_moving_average(by.mean, moved_by.mean, renorm_momentum_.value_or(0.99));
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
  return finished(Normalization{normalized, axes_, o_.epsilon}.by(m.mean, m.variance, scale, offset));
}

}  // namespace hornbeam

HB_REGISTER(layer_batch_normalization) {
  using namespace hornbeam;
  register_builtin<BatchNormalizationLayer>({"BatchNormalizationV1", "BatchNormalizationV2"});
  register_builtin<SyncBatchNormalizationLayer>();
}
