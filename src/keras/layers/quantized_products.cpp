// Inputs times a quantised kernel.
#include "hornbeam/layers/quantized.hpp"
#include "hornbeam/ops.hpp"
#include "ops/float8.h"
#include "ops/gradient.h"
#include "tensor/recorder.h"

namespace hornbeam {
namespace {

Tensor with_gradient_of(const Tensor& value, const Tensor& other) {
  return call_op1("_WithGradientOf", {value, other});
}

// Floats that hold every sum of so many products of two int8: products of floats are fast, and these are exact.
DType exact_dtype(std::int64_t products) { return products < (1 << 10) ? DType::float32 : DType::float64; }

std::int64_t summed(const QuantizedForm& form) {
  std::int64_t count = 1;
  for (const auto axis : form.axes) count *= form.kernel[static_cast<std::size_t>(axis)];
  return count;
}

}  // namespace

Tensor QuantizedLayer::quantized_product(const Tensor& inputs, const Product& product, CallContext& context) const {
  if (settings_.mode == "float8") return float8_product(inputs, product, context);
  auto y = settings_.mode == "int8" ? int8_product(inputs, product) : int4_product(inputs, product);
  if (!lora_enabled()) return y;
  const auto [a, b] = std::pair(lora_variables()[0], lora_variables()[1]);
  const auto added = ops::tensordot(product.of(inputs, a), b) * lora_scale();
  return ops::cast(y + ops::cast(added, y.dtype()), compute_dtype());
}

Tensor QuantizedLayer::int8_product(const Tensor& inputs, const Product& product) const {
  const auto& weight = quantized_kernel();
  const Tensor scale = weight.scale;
  const auto kernel = unpacked(weight);
  const auto quantizer = settings_.configured ? settings_.inputs : quantizers::AbsMaxQuantizer();
  if (!quantizer) return product.of(inputs, ops::cast(kernel, inputs.dtype())) / scale;
  const auto rounded = quantizers::abs_max_quantize(inputs, product.axes, *quantizer);
  const auto exact = exact_dtype(summed(weight.form));
  const auto sums = product.of(ops::cast(rounded.values, exact), ops::cast(kernel, exact));
  const auto y = ops::cast(sums, compute_dtype()) / (scale * product.on_output(rounded.scale));
  return with_gradient_of(y, product.of(inputs, dequantized(weight)));
}

Tensor QuantizedLayer::int4_product(const Tensor& inputs, const Product& product) const {
  const auto& weight = quantized_kernel();
  const auto quantizer = settings_.configured ? settings_.inputs : std::nullopt;
  const bool after = product.scaled_after && !weight.zero;
  const auto numbers = [&] { return ops::reshape(unpacked(weight), weight.form.kernel); };
  const auto descaled = [&](const Tensor& y) { return after ? y / Tensor(weight.scale) : y; };
  if (!quantizer || weight.zero) {
    const auto kernel = after ? ops::cast(numbers(), inputs.dtype()) : dequantized(weight);
    return descaled(product.of(inputs, kernel));
  }
  const auto rounded = quantizers::abs_max_quantize(inputs, product.axes, *quantizer);
  const auto on_output = product.on_output(rounded.scale);
  const auto other = product.of(inputs, dequantized(weight));
  if (!after) {
    const auto sums = product.of(ops::cast(rounded.values, compute_dtype()), dequantized(weight));
    return with_gradient_of(sums / on_output, other);
  }
  const auto exact = exact_dtype(summed(weight.form));
  const auto sums = product.of(ops::cast(rounded.values, exact), ops::cast(numbers(), exact));
  return with_gradient_of(ops::cast(sums, compute_dtype()) / (Tensor(weight.scale) * on_output), other);
}

// Inputs and kernel as numbers of 8 bits, multiplied as floats.
Tensor QuantizedLayer::float8_product(const Tensor& inputs, const Product& product, CallContext& context) const {
  if (lora_enabled()) throw NotImplementedError("Currently, `_float8_call` doesn't support LoRA");
  constexpr double kMost = 448;  // the largest number of float8_e4m3fn
  const bool training = context.training();
  const auto read = [](const Variable& of) {
    const AutocastScope as_it_is(DType::invalid, nullptr);
    return ops::read(of);
  };
  const auto rounded = [&](const Tensor& x, const Float8& of) {
    const auto now = read(of.scale), history = read(of.amax_history);
    const auto scale = ops::cast(now, compute_dtype());
    const auto cut = ops::clip_by_value(x / scale, -kMost, kMost);
    const auto y = with_gradient_of(call_op1("_RoundToFloat8E4M3FN", {cut}) * scale, x);
    if (!training) return y;
    const auto moved = call_op1("_GradientIs", {y, now, next_float8_scale(now, history, kMost)});
    return call_op1("_GradientIs", {moved, history, next_amax_history(x, history)});
  };
  const auto y = product.of(rounded(inputs, inputs8_), rounded(Tensor(kernel_weight().variable), kernel8_));
  return call_op1("_Float8OutputGradient", {y, read(outputs_grad8_.scale), read(outputs_grad8_.amax_history)});
}

Tensor QuantizedLayer::quantized_bias(const Variable& bias) const {
  if (settings_.mode != "float8" || !calls_quantized() || compute_dtype() != DType::float32) return bias;
  return ops::cast(ops::cast(Tensor(bias), DType::bfloat16), DType::float32);
}

}  // namespace hornbeam
