#include "hornbeam/layers/group_normalization.hpp"

#include "hornbeam/ops.hpp"
#include "keras/layers/axis_dims.h"
#include "keras/layers/float_inputs.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"

namespace hornbeam {

void GroupNormalizationLayer::check() {
  if (o_.groups <= 0 && o_.groups != -1) {
    throw ValueError(
        "Received an invalid value for argument `groups`, expected a positive integer (or `-1` for instance "
        "normalization). Received: groups=" +
        std::to_string(o_.groups));
  }
  supports_masking_ = true;
  // Half precision is summed up in float32: Keras 3 does it here, tf.keras in the moments.
  keras3_ = current_generation() == Generation::keras3;
  if (keras3_) autocast_ = false;
}

void GroupNormalizationLayer::build(const Shape& input_shape) {
  channel_axis_ = validated_axes(Config(o_.axis), input_shape)[0];
  const auto channels = input_shape.dim(channel_axis_);
  if (channels < 0) {
    throw ValueError("Axis " + std::to_string(o_.axis) +
                     " of input tensor should have a defined dimension but the layer received an input with shape " +
                     input_shape.to_string() + ".");
  }
  if (channels == 0) {
    throw ValueError("GroupNormalization needs channels: the input has the shape " + input_shape.to_string() + ".");
  }
  if (o_.groups == -1) o_.groups = channels;
  if (channels < o_.groups) {
    throw ValueError("Number of groups (" + std::to_string(o_.groups) +
                     ") cannot be more than the number of channels (" + std::to_string(channels) + ").");
  }
  if (channels % o_.groups != 0) {
    throw ValueError("Number of groups (" + std::to_string(o_.groups) +
                     ") must be a multiple of the number of channels (" + std::to_string(channels) + ").");
  }
  input_spec_ = {{.ndim = input_shape.rank(), .axes = {{o_.axis, channels}}}};
  if (o_.scale) {
    gamma = add_weight(
        "gamma", {channels},
        {.initializer = o_.gamma_initializer, .regularizer = o_.gamma_regularizer, .constraint = o_.gamma_constraint});
  }
  if (o_.center) {
    beta = add_weight(
        "beta", {channels},
        {.initializer = o_.beta_initializer, .regularizer = o_.beta_regularizer, .constraint = o_.beta_constraint});
  }
}

Values GroupNormalizationLayer::call(const Values& inputs, CallContext& context) {
  const auto given = as_floats(inputs, compute_dtype());
  const auto dtype = statistics_dtype(given.dtype());
  const auto axis = static_cast<std::size_t>(channel_axis_);
  const auto size = given.shape()[axis] / o_.groups;

  // [..., channels, ...] as [..., groups, size, ...]
  auto dims = given.shape().dims();
  int unknown = 0;
  for (const auto d : dims) unknown += d < 0;
  dims[axis] = size;
  dims.insert(dims.begin() + channel_axis_, o_.groups);
  const auto shape = ops::shape(given);
  const auto grouped = [&](const Tensor& x) {
    if (unknown <= 1) return ops::reshape(x, Shape(dims));
    std::vector<Tensor> parts;
    const auto ends = std::vector<std::int32_t>{static_cast<std::int32_t>(o_.groups), static_cast<std::int32_t>(size)};
    if (axis > 0) parts.push_back(ops::slice(shape, {0}, {channel_axis_}));
    parts.push_back(Tensor::from<std::int32_t>({2}, ends));
    if (axis + 1 < given.rank()) parts.push_back(ops::slice(shape, {channel_axis_ + 1}, {-1}));
    return ops::reshape(x, ops::concat(parts, 0));
  };
  std::vector<std::int64_t> reduced, broadcast(dims.size(), 1);
  for (std::int64_t i = 1; i < static_cast<std::int64_t>(dims.size()); ++i) {
    if (i != channel_axis_) reduced.push_back(i);
  }
  broadcast[axis] = o_.groups;
  broadcast[axis + 1] = size;

  const auto x = grouped(ops::cast(given, dtype));
  Tensor mean, variance;
  if (const auto mask = context.mask(); mask.defined() && !keras3_) {
    const auto weights = grouped(ops::broadcast_to(ops::cast(mask, dtype), shape));
    const auto total = ops::reduce_sum(weights, reduced, /*keepdims=*/true);
    mean = ops::reduce_sum(weights * x, reduced, true) / total;
    variance = ops::reduce_sum(weights * ops::squared_difference(x, mean), reduced, true) / total;
  } else {
    const auto m = ops::moments(x, reduced, /*keepdims=*/true);
    mean = m.mean;
    variance = m.variance;
  }
  const auto aligned = [&](const Variable& v) { return ops::reshape(ops::cast(Tensor(v), dtype), Shape(broadcast)); };
  Tensor inv = ops::rsqrt(variance + o_.epsilon);
  if (gamma) inv = inv * aligned(gamma);
  Tensor shift = -(mean * inv);
  if (beta) shift = aligned(beta) + shift;
  const auto y = ops::reshape(x * inv + shift, shape);
  const auto shaped = ops::ensure_shape(y, given.shape());
  return keras3_ ? ops::cast(cut_as(shaped, inputs), compute_dtype()) : ops::cast(shaped, given.dtype());
}

}  // namespace hornbeam

HB_REGISTER(layer_group_normalization) { hornbeam::register_builtin<hornbeam::GroupNormalizationLayer>(); }
