#include "hornbeam/layers/layer_normalization.hpp"

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/ragged_inputs.h"
#include "keras/layers/axis_dims.h"
#include "keras/layers/float_inputs.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"

namespace hornbeam {

LayerNormalizationLayer::LayerNormalizationLayer(const LayerNormalizationOptions& options)
    : Layer(options.layer()), o_(options) {
  axis_ = options.axis.size() == 1 ? Config(options.axis[0]) : Config(options.axis);
  check();
}

void LayerNormalizationLayer::check() {
  if (!axis_.is_int() && !axis_.is_list()) {
    throw TypeError("Expected an int or a list/tuple of ints for the argument 'axis', but received: " +
                    (axis_.is_string() ? "'" + axis_.as_string() + "'" : axis_.dump()));
  }
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::taken;
  keeps_axis_ = current_generation() == Generation::keras3;
}

void LayerNormalizationLayer::build(const Shape& input_shape) {
  const auto [axes, dims] = axis_dims(axis_, input_shape);
  axes_ = axes;
  if (!keeps_axis_) axis_ = Config(axes_);
  if (o_.scale) {
    gamma = add_weight(
        "gamma", Shape(dims),
        {.initializer = o_.gamma_initializer, .regularizer = o_.gamma_regularizer, .constraint = o_.gamma_constraint});
  }
  if (o_.center && !rms_scaling_.value_or(false)) {
    beta = add_weight(
        "beta", Shape(dims),
        {.initializer = o_.beta_initializer, .regularizer = o_.beta_regularizer, .constraint = o_.beta_constraint});
  }
}

Values LayerNormalizationLayer::call(const Values& inputs, CallContext& context) {
  if (is_ragged(inputs.tensor())) {
    const auto rows = rows_of_steps(name(), inputs);
    return ragged_like(call(rows.to_tensor(), context), rows);
  }
  const auto given = as_floats(inputs, compute_dtype());
  const auto dtype = statistics_dtype(given.dtype());
  const auto x = ops::cast(given, dtype);
  const auto aligned = [&](const Variable& v) {
    std::vector<std::int64_t> dims(x.rank(), 1);
    for (const auto a : axes_) dims[static_cast<std::size_t>(a)] = x.shape().dim(a);
    return ops::reshape(ops::cast(Tensor(v), dtype), Shape(dims));
  };
  const auto m = ops::moments(x, axes_, /*keepdims=*/true);
  Tensor inv = ops::rsqrt(m.variance + o_.epsilon);
  if (gamma) inv = inv * aligned(gamma);
  if (rms_scaling_.value_or(false)) return ops::cast(x * inv, given.dtype());
  Tensor shift = -(m.mean * inv);
  if (beta) shift = aligned(beta) - m.mean * inv;
  const auto y = ops::cast(x * inv + shift, given.dtype());
  return current_target() == Target::keras3 ? cut_as(y, inputs) : y;
}

}  // namespace hornbeam

HB_REGISTER(layer_layer_normalization) { hornbeam::register_builtin<hornbeam::LayerNormalizationLayer>(); }
