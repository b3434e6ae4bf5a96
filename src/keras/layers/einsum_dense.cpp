#include "hornbeam/layers/einsum_dense.hpp"

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/einsum_quantized.h"
#include "keras/layers/einsum_shapes.h"
#include "keras/layers/float_inputs.h"
#include "keras/layers/register.h"

namespace hornbeam {

EinsumDenseLayer::EinsumDenseLayer(std::string equation, const Shape& output_shape, const EinsumDenseOptions& options)
    : QuantizedLayer(options.layer()),
      output_shape_(field_to_config(output_shape)),
      equation_(std::move(equation)),
      o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  set_quantization(options.quantization_config);
  set_lora(options.lora_rank, options.lora_alpha);
  check();
}

void EinsumDenseLayer::check() {
  check_quantization();
  check_lora();
  if (current_target() != Target::keras3) activity_regularizer_ = {};  // tf.keras takes one and forgets it
  if (output_shape_.is_list()) return;
  if (!output_shape_.is_int()) {
    throw TypeError("'" + std::string(output_shape_.type_name()) +
                    "' object is not iterable: `output_shape` must be an int or a " +
                    "list of ints. Received: output_shape=" + output_shape_.dump());
  }
  output_shape_ = Config(Config::List{output_shape_});
}

void EinsumDenseLayer::build(const Shape& input_shape) {
  Shape output_shape;
  field_from_config(output_shape_, output_shape);
  const auto weights = einsum_weights(equation_, o_.bias_axes, input_shape, output_shape);
  kernel = build_kernel(
      weights.kernel,
      {.initializer = o_.kernel_initializer, .regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
  if (weights.bias) {
    bias = add_weight(
        "bias", *weights.bias,
        {.initializer = o_.bias_initializer, .regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  build_lora(BuiltAlpha::kept);
}

QuantizedForm EinsumDenseLayer::quantized_form(const Shape& kernel_shape) const {
  return einsum_quantized_form(equation_, kernel_shape);
}

Values EinsumDenseLayer::call(const Values& inputs, CallContext& context) {
  const auto floats = as_floats(inputs, compute_dtype());
  const auto multiply = [this](const Tensor& x, const Tensor& by) { return ops::einsum(equation_, {x, by}); };
  Tensor y;
  if (!calls_quantized()) {
    y = multiply(floats, plain_kernel());
  } else {
    Product product{.of = multiply, .axes = {}, .on_output = {}, .scaled_after = false};
    if (holds_integers()) {
      product.axes = einsum_summed_axes(equation_);
      product.on_output = [this](const Tensor& scale) { return einsum_scale_on_output(equation_, scale); };
    }
    y = quantized_product(floats, product, context);
  }
  if (bias) y = y + quantized_bias(bias);
  return o_.activation(y);
}

}  // namespace hornbeam

HB_REGISTER(layer_einsum_dense) { hornbeam::register_builtin<hornbeam::EinsumDenseLayer>(); }
