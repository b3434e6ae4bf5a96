#include "hornbeam/layers/dense.hpp"

#include "hornbeam/ops.hpp"
#include "keras/layers/register.h"

namespace hornbeam {

DenseLayer::DenseLayer(std::int64_t units, const DenseOptions& options)
    : LoraLayer(options.layer()), units_(units), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  set_lora(options.lora_rank, options.lora_alpha);
  check();
}

void DenseLayer::check() {
  if (units_ <= 0) {
    throw ValueError("Received an invalid value for `units`, expected a positive integer. Received: units=" +
                     std::to_string(units_));
  }
  check_lora();
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::flat_vectors;
  input_spec_ = {{.min_ndim = 2}};
}

void DenseLayer::build(const Shape& input_shape) {
  const auto last = input_shape.back();
  if (last < 0) {
    throw ValueError(
        "The last dimension of the inputs to `Dense` should be defined. Found `None`. Full input shape received: " +
        input_shape.to_string());
  }
  kernel = add_weight(
      "kernel", {last, units_},
      {.initializer = o_.kernel_initializer, .regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
  if (o_.use_bias) {
    bias = add_weight(
        "bias", {units_},
        {.initializer = o_.bias_initializer, .regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  input_spec_ = {{.min_ndim = 2, .axes = {{-1, last}}}};
  build_lora(BuiltAlpha::forgotten);
}

Values DenseLayer::call(const Values& inputs, CallContext&) {
  auto y = ops::tensordot(inputs, adapted_kernel());
  if (o_.use_bias) y = ops::bias_add(y, bias);
  return o_.activation(y);
}

}  // namespace hornbeam

HB_REGISTER(layer_dense) { hornbeam::register_builtin<hornbeam::DenseLayer>(); }
