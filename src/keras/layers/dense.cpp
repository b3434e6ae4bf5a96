#include "hornbeam/layers/dense.hpp"

#include "hornbeam/ops.hpp"
#include "keras/layers/float_inputs.h"
#include "keras/layers/register.h"

namespace hornbeam {

DenseLayer::DenseLayer(std::int64_t units, const DenseOptions& options)
    : QuantizedLayer(options.layer()), units_(units), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  set_quantization(options.quantization_config);
  set_lora(options.lora_rank, options.lora_alpha);
  check();
}

void DenseLayer::check() {
  if (units_ <= 0) {
    throw ValueError("Received an invalid value for `units`, expected a positive integer. Received: units=" +
                     std::to_string(units_));
  }
  check_quantization();
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
  kernel = build_kernel(
      {last, units_},
      {.initializer = o_.kernel_initializer, .regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
  if (o_.use_bias) {
    bias = add_weight(
        "bias", {units_},
        {.initializer = o_.bias_initializer, .regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  input_spec_ = {{.min_ndim = 2, .axes = {{-1, last}}}};
  build_lora(BuiltAlpha::forgotten);
}

QuantizedForm DenseLayer::quantized_form(const Shape& kernel_shape) const {
  return {.kernel = kernel_shape, .axes = {0}, .scale = {units_}, .order = {}, .matrix = kernel_shape};
}

Values DenseLayer::call(const Values& inputs, CallContext& context) {
  const Product product{.of = [](const Tensor& x, const Tensor& matrix) { return ops::tensordot(x, matrix); },
                        .axes = {-1},
                        .on_output = std::identity()};
  const auto x = as_floats(inputs, compute_dtype());
  auto y = calls_quantized() ? quantized_product(x, product, context) : ops::tensordot(x, plain_kernel());
  if (o_.use_bias) y = ops::bias_add(y, quantized_bias(bias));
  return o_.activation(y);
}

}  // namespace hornbeam

HB_REGISTER(layer_dense) { hornbeam::register_builtin<hornbeam::DenseLayer>(); }
