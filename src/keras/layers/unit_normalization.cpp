#include "hornbeam/layers/unit_normalization.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/axis_dims.h"
#include "keras/layers/float_inputs.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"

namespace hornbeam {
namespace {

Config given_axes(const std::vector<std::int64_t>& axis) { return axis.size() == 1 ? Config(axis[0]) : Config(axis); }

}  // namespace

UnitNormalizationLayer::UnitNormalizationLayer(const UnitNormalizationOptions& options)
    : Layer(options.layer()), axis_(given_axes(options.axis)) {
  check();
}

void UnitNormalizationLayer::check() {
  if (!axis_.is_int() && !axis_.is_list()) {
    throw TypeError("Invalid value for `axis` argument: expected an int or a list/tuple of ints. Received: axis=" +
                    (axis_.is_string() ? axis_.as_string() : axis_.dump()));
  }
  supports_masking_ = true;
}

void UnitNormalizationLayer::build(const Shape& input_shape) {
  const auto axes = validated_axes(axis_, input_shape);
  if (current_generation() != Generation::keras3) axis_ = Config(axes);
}

Values UnitNormalizationLayer::call(const Values& inputs, CallContext&) {
  const auto x = ops::cast(inputs.tensor(), compute_dtype());
  if (current_target() != Target::keras3) return ops::l2_normalize(x, axis_.as_ints());
  // The least norm is 1e-12; tf.keras's is 1e-6.
  const auto inverse = ops::rsqrt(ops::reduce_sum(ops::square(x), axis_.as_ints(), /*keepdims=*/true));
  return x * ops::minimum(inverse, ops::constant(1e12, x.dtype()));
}

RMSNormalizationLayer::RMSNormalizationLayer(const RMSNormalizationOptions& options)
    : Layer(options.layer()), axis_(given_axes(options.axis)), epsilon_(options.epsilon) {}

void RMSNormalizationLayer::build(const Shape& input_shape) {
  auto given = axis_.as_ints();
  if (axis_.is_list()) std::ranges::sort(given);
  const auto [axes, dims] = axis_dims(Config(given), input_shape);
  axis_ = Config(given);
  axes_ = axes;
  scale = add_weight("scale", Shape(dims), {.initializer = "ones"});
}

Values RMSNormalizationLayer::call(const Values& inputs, CallContext&) {
  const Tensor given = inputs;
  const auto floats = as_floats(given, compute_dtype());
  const auto x = ops::cast(floats, statistics_dtype(floats.dtype()));
  const auto inv = ops::rsqrt(ops::reduce_mean(ops::square(x), axes_, /*keepdims=*/true) + epsilon_);
  // As Keras: the scale lies along the last axes.
  return ops::cast(x * inv * ops::cast(Tensor(scale), x.dtype()), given.dtype());
}

}  // namespace hornbeam

HB_REGISTER(layer_unit_normalization) {
  hornbeam::register_builtin<hornbeam::UnitNormalizationLayer>();
  hornbeam::register_builtin<hornbeam::RMSNormalizationLayer>();
}
