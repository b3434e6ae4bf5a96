#include "hornbeam/layers/activation.hpp"

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/attention/masks.h"
#include "keras/layers/float_inputs.h"
#include "keras/layers/register.h"

namespace hornbeam {

ActivationLayer::ActivationLayer(Activation activation, const ActivationLayerOptions& options)
    : Layer(options.layer()), activation_(std::move(activation)) {
  check();
}

void ActivationLayer::check() {
  supports_masking_ = true;
  const auto by_vector = activation_.is_builtin() && activation_.name().find("softmax") != std::string::npos;
  ragged_inputs_ = by_vector ? RaggedInputs::flat_vectors : RaggedInputs::flat;
}

Values ActivationLayer::call(const Values& inputs, CallContext&) { return activation_(inputs); }

SoftmaxLayer::SoftmaxLayer(const SoftmaxOptions& options)
    : Layer(options.layer()), robust_masking_(options.robust_masking) {
  axis_ = options.axis.size() == 1 ? Config(options.axis[0]) : Config(options.axis);
  check();
}

void SoftmaxLayer::check() {
  supports_masking_ = true;
  if (axis_.as_ints() == std::vector<std::int64_t>{-1}) ragged_inputs_ = RaggedInputs::flat_vectors;
}

Values SoftmaxLayer::call(const Values& inputs, CallContext& context) {
  const Tensor x = inputs;
  const auto axes = axis_.as_ints();
  const auto rank = static_cast<std::int64_t>(x.rank());
  for (const auto axis : axes) {
    if (axis >= -rank && axis < rank) continue;
    throw InvalidArgumentError("Dimension (" + std::to_string(axis) + ") must be in the range [" +
                               std::to_string(-rank) + ", " + std::to_string(rank) + ") where " + std::to_string(rank) +
                               " is the number of dimensions in the input.");
  }
  // 2.2 hands the mask on, and heeds it not.
  const auto mask = current_target() == Target::tf22 ? Tensor() : context.mask();
  return masked_softmax(x, mask, axes, robust_masking_);
}

ReLULayer::ReLULayer(const ReLUOptions& options) : Layer(options.layer()), o_(options) { check(); }

void ReLULayer::check() {
  if (o_.max_value && *o_.max_value < 0) {
    throw ValueError("max_value of Relu layer cannot be negative value: " + Config(*o_.max_value).dump());
  }
  if (o_.negative_slope < 0) {
    throw ValueError("negative_slope of Relu layer cannot be negative value: " + Config(o_.negative_slope).dump());
  }
  if (o_.threshold < 0 && current_target() != Target::tf22) {
    throw ValueError("threshold of a ReLU layer cannot be a negative value. Received: " + Config(o_.threshold).dump());
  }
  supports_masking_ = current_target() != Target::tf22;
  ragged_inputs_ = RaggedInputs::flat;
}

Values ReLULayer::call(const Values& inputs, CallContext&) {
  return activations::relu(inputs, o_.negative_slope, o_.max_value, o_.threshold);
}

void LeakyReLULayer::check() {
  if (alpha_ < 0 && current_target() == Target::keras3) {
    throw ValueError(
        "The negative_slope value of a Leaky ReLU layer cannot be None or negative value. Expected a float. Received: "
        "negative_slope=" +
        Config(alpha_).dump());
  }
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::flat;
}

void ELULayer::check() {
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::flat;
}

void ThresholdedReLULayer::check() {
  if (theta_ < 0 && current_target() != Target::tf22) {
    throw ValueError("The theta value of a Thresholded ReLU layer should be >=0. Received: " + Config(theta_).dump());
  }
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::flat;
}

Values LeakyReLULayer::call(const Values& inputs, CallContext&) {
  return ops::leaky_relu(as_floats(inputs, compute_dtype()), alpha_);
}

Values ELULayer::call(const Values& inputs, CallContext&) { return activations::elu(inputs, alpha_); }

Values ThresholdedReLULayer::call(const Values& inputs, CallContext&) {
  const Tensor x = inputs;
  return x * ops::cast(ops::greater(x, theta_), x.dtype());
}

}  // namespace hornbeam

HB_REGISTER(layer_activation) {
  using namespace hornbeam;
  register_builtin<ActivationLayer>();
  register_builtin<SoftmaxLayer>();
  register_builtin<ReLULayer>();
  register_builtin<LeakyReLULayer>();
  register_builtin<ELULayer>();
  register_builtin<ThresholdedReLULayer>();
}
