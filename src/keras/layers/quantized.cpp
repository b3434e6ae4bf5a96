// Quantised weights: how they are made, and what quantize() does. The products are in quantized_products.cpp.
#include "hornbeam/layers/quantized.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "keras/engine/dtype_policy.h"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/restructured.h"
#include "keras/initializers/skip.h"
#include "keras/layers/plain_calls.h"
#include "keras/layers/quantization_config.h"
#include "ops/axes.h"

namespace hornbeam {
namespace {

using quantizers::AbsMaxQuantizer;

constexpr AbsMaxQuantizer of_int4() { return {.axis = {}, .low = -8, .high = 7}; }

bool spans(const std::vector<std::int64_t>& axes, std::size_t dim) {
  return std::ranges::find(axes, static_cast<std::int64_t>(dim)) != axes.end();
}

// A kernel's dims, 1 for those that a scale spans.
Shape scale_dims(const QuantizedForm& form) {
  auto dims = form.kernel.dims();
  for (const auto axis : form.axes) dims[static_cast<std::size_t>(axis)] = 1;
  return Shape(dims);
}

// From a scale beside the kernel to the one that is stored, and back.
Tensor stored_scale(const QuantizedForm& form, const Tensor& scale) {
  const auto kept = ops::squeeze(scale, form.axes);
  return ops::reshape(form.order.empty() ? kept : ops::transpose(kept, form.order), form.scale);
}
Tensor kernel_scale(const QuantizedForm& form, const Tensor& stored) {
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < form.kernel.rank(); ++i) {
    if (!spans(form.axes, i)) kept.push_back(form.kernel[i]);
  }
  if (form.order.empty()) return ops::reshape(stored, scale_dims(form));
  std::vector<std::int64_t> ordered, back(form.order.size());
  for (std::size_t i = 0; i < form.order.size(); ++i) {
    ordered.push_back(kept[static_cast<std::size_t>(form.order[i])]);
    back[static_cast<std::size_t>(form.order[i])] = static_cast<std::int64_t>(i);
  }
  return ops::reshape(ops::transpose(ops::reshape(stored, Shape(ordered)), back), scale_dims(form));
}

std::int64_t pairs(std::int64_t length) { return (length + 1) / 2; }
std::size_t dim_at(const Shape& shape, std::int64_t axis) { return axis_from_front(axis, shape.rank()).value(); }

struct Parts {
  Tensor values, scale, zero;
};

void refuse_axes(const Tensor& scale, const std::vector<std::int64_t>& axes) {
  for (const auto axis : axes) {
    if (scale.shape()[static_cast<std::size_t>(axis)] == 1) continue;
    throw ValueError("Cannot squeeze axis=" + std::to_string(axis) +
                     ", because the dimension is not 1. The weight_quantizer's axis is another than the layer's");
  }
}

Parts quantized(const QuantizedForm& form, const Tensor& value, const QuantizationSettings& settings) {
  auto quantizer = settings.weights.value_or(settings.mode == "int4" ? of_int4() : AbsMaxQuantizer());
  const auto axes_or = [&](const std::vector<std::int64_t>& own) {
    return settings.weights ? quantizer.axis.value_or(std::vector<std::int64_t>{-1}) : own;
  };
  if (settings.mode == "int8") {
    const auto [values, scale] = quantizers::abs_max_quantize(value, axes_or(form.axes), quantizer);
    refuse_axes(scale, form.axes);
    return {values, stored_scale(form, scale), {}};
  }
  const auto matrix = ops::reshape(value, form.matrix);
  if (settings.block_size) {
    const bool by_columns = form.group_axis != 0;
    const auto turned = [&](const Tensor& x) { return by_columns ? ops::transpose(x, {1, 0}) : x; };
    const auto [values, scale, zero] =
        quantizers::abs_max_quantize_grouped_with_zero_point(turned(matrix), *settings.block_size);
    return {quantizers::pack_int4(turned(values), form.pack_axis), turned(scale), turned(zero)};
  }
  const std::vector<std::int64_t> axes{form.group_axis};
  const auto [values, scale] = quantizers::abs_max_quantize(matrix, axes_or(axes), quantizer);
  refuse_axes(scale, axes);
  return {quantizers::pack_int4(values, form.pack_axis), ops::squeeze(scale, axes), {}};
}

void assign(const QuantizedWeight& weight, const Parts& parts) {
  weight.values->assign(parts.values);
  weight.scale->assign(ops::cast(parts.scale, weight.scale->dtype()));
  if (weight.zero) weight.zero->assign(ops::cast(parts.zero, weight.zero->dtype()));
}

}  // namespace

void QuantizedLayer::set_quantization(const Config& config) {
  if (!config.is_null()) quantization_config_ = config;
}

void QuantizedLayer::check_quantization() {
  if (quantization_config_ && quantization_config_->is_null()) quantization_config_.reset();
  settings_ = quantization_settings(dtype_policy(), quantization_config_.value_or(Config()));
}

Variable QuantizedLayer::build_kernel(const Shape& shape, const WeightOptions& options) {
  regularizer_ = options.regularizer;
  if (settings_.mode == "float8") make_float8();
  if (!holds_integers()) return add_weight(kernel_name(), shape, options);
  check_weight_size(DType::int8, shape);  // before its dims are multiplied
  kernel_ = make_quantized(kernel_name(), "g_idx", quantized_form(shape), settings_, DType::int8);
  return kernel_.values;
}

bool QuantizedLayer::calls_quantized() const { return !settings_.mode.empty() && !PlainCalls::of(this); }

Tensor QuantizedLayer::plain_kernel() const {
  if (!holds_integers()) return adapted_kernel();
  const auto kernel = ops::cast(ops::reshape(unpacked(kernel_), kernel_.form.kernel), compute_dtype());
  return lora_enabled() ? kernel + ops::cast(lora_delta(), kernel.dtype()) : kernel;
}

Shape QuantizedLayer::kernel_shape() const {
  return holds_integers() ? kernel_.form.kernel : LoraLayer::kernel_shape();
}

QuantizedWeight QuantizedLayer::make_quantized(const std::string& name, const std::string& groups, QuantizedForm form,
                                               const QuantizationSettings& settings, DType zero) {
  const auto integers = [&](const std::string& of, const Shape& shape, DType dtype) {
    return add_weight(of, shape, {.initializer = "zeros", .trainable = false, .dtype = dtype});
  };
  QuantizedWeight made{.form = std::move(form), .values = {}, .scale = {}, .zero = {}, .groups = {}};
  const bool int4 = settings.mode == "int4", blocks = int4 && settings.block_size.has_value();
  auto stored = int4 ? made.form.matrix.dims() : made.form.kernel.dims();
  auto scale = made.form.scale.dims();
  const auto along = dim_at(made.form.matrix, made.form.group_axis);
  const auto length = made.form.matrix[along];
  if (int4) {
    scale = made.form.matrix.dims();
    if (blocks) {
      const auto block = std::min(*settings.block_size, std::max<std::int64_t>(length, 1));
      scale[along] = (length + block - 1) / block;
    } else {
      scale.erase(scale.begin() + static_cast<std::ptrdiff_t>(along));
    }
    auto& packed = stored[dim_at(made.form.matrix, made.form.pack_axis)];
    packed = pairs(packed);
  }
  made.values = integers(name, Shape(stored), DType::int8);
  made.scale = add_weight(name + "_scale", Shape(scale), {.initializer = "ones", .trainable = false});
  if (!blocks) return made;
  made.zero = integers(name + "_zero", Shape(scale), zero);
  if (groups.empty()) return made;
  made.groups = integers(groups, {length}, DType::float32);
  std::vector<float> index;
  for (std::int64_t i = 0; i < length; ++i) index.push_back(static_cast<float>(i / *settings.block_size));
  made.groups->assign(Tensor::from<float>({length}, index));
  return made;
}

void QuantizedLayer::assign_quantized(const QuantizedWeight& weight, const Tensor& value,
                                      const QuantizationSettings& settings) {
  assign(weight, quantized(weight.form, value, settings));
}

Tensor QuantizedLayer::unpacked(const QuantizedWeight& weight) const {
  const Tensor values = weight.values;
  if (settings_.mode != "int4") return values;
  const auto axis = weight.form.pack_axis;
  return quantizers::unpack_int4(values, weight.form.matrix[dim_at(weight.form.matrix, axis)], axis);
}

Tensor QuantizedLayer::dequantized(const QuantizedWeight& weight) const {
  const auto numbers = ops::cast(unpacked(weight), compute_dtype());
  const Tensor scale = weight.scale;
  if (settings_.mode == "int8") return numbers / kernel_scale(weight.form, scale);
  const auto axis = weight.form.group_axis;
  if (!weight.zero) return ops::reshape(numbers / ops::expand_dims(scale, axis), weight.form.kernel);
  const auto& groups = weight.groups ? weight.groups : kernel_.groups;
  const auto index = ops::cast(Tensor(groups), DType::int32);
  const auto of_each = [&](const Tensor& x) {
    return ops::cast(ops::gather(x, index, static_cast<std::int64_t>(dim_at(weight.form.matrix, axis))),
                     compute_dtype());
  };
  return ops::reshape((numbers - of_each(Tensor(weight.zero))) * of_each(scale), weight.form.kernel);
}

// What an archive holds of a kernel that LoRA adds to: the sum, quantised anew.
Tensor QuantizedLayer::stored_value(const Variable& variable) const {
  const bool of_kernel = variable == kernel_.values || variable == kernel_.scale || variable == kernel_.zero;
  if (!lora_enabled() || !holds_integers() || !of_kernel) return LoraLayer::stored_value(variable);
  auto settings = settings_;
  settings.weights.reset();
  const auto delta = ops::cast(lora_delta(), compute_dtype());
  const auto [values, scale, zero] = quantized(kernel_.form, dequantized(kernel_) + delta, settings);
  return variable == kernel_.values ? values : ops::cast(variable == kernel_.scale ? scale : zero, variable->dtype());
}

void QuantizedLayer::quantize(const std::string& mode, const Config& given) {
  const auto config = resolved_quantization(mode, given);
  const auto wanted = mode_of_config(config);
  if (!built()) {
    throw ValueError("Cannot quantize a layer that isn't yet built. Layer '" + name() + "' (of type '" + class_name() +
                     "') is not built yet.");
  }
  if (!settings_.mode.empty()) {
    throw ValueError("Layer '" + name() + "' is already quantized with dtype_policy='" + dtype_policy() +
                     "'. Received: mode=" + wanted);
  }
  if (wanted == "int8" && compute_dtype() == DType::float16) {
    throw ValueError(
        "Quantization mode='int8' doesn't work well with compute_dtype='float16'. Consider loading model/layer with "
        "another dtype policy such as 'mixed_bfloat16' or 'mixed_float16' before calling `quantize()`.");
  }
  auto policy = wanted + "_from_" + dtype_policy();
  auto settings = quantization_settings(policy, config);
  if (wanted == "int4") {
    policy = "int4/" + std::to_string(settings.block_size.value_or(-1)) + "_from_" + dtype_policy();
  }
  if (wanted == "float8" && !has_float8()) refuse_float8();
  const auto path = kernel_weight().variable->path();
  std::vector<Variable> old;
  for (const auto& weight : own_weights()) old.push_back(weight.variable);
  regularizer_ = kernel_weight().regularizer;
  if (wanted == "float8") {
    make_float8();
  } else {
    const auto value = kernel_weight().variable->value();
    auto form = quantized_form(value.shape());
    const auto parts = quantized(form, value, settings);  // what it refuses, it refuses before anything is another
    remove_weight(kernel_name());
    kernel_ = make_quantized(kernel_name(), "g_idx", std::move(form), settings, DType::int8);
    assign(kernel_, parts);
    kernel_replaced(kernel_.values);
    quantize_more(settings);
  }
  // In the names, the layer stands where it did.
  const auto folder = path.substr(0, path.rfind('/') + 1);
  for (const auto& [variable, regularizer, constraint] : own_weights()) {
    if (std::ranges::find(old, variable) != old.end()) continue;
    variable->rename(folder + variable->path().substr(variable->path().rfind('/') + 1));
  }
  quantization_config_ = config;
  settings_ = std::move(settings);
  set_dtype_policy(policy);
  ++restructured_layers();
}

void QuantizedLayer::refuse_float8() {
  throw NotImplementedError(
      "Invalid quantization mode. Expected one of ('int8', 'int4'). Received: quantization_mode=float8");
}

void QuantizedLayer::make_float8() {
  if (!has_float8()) refuse_float8();
  const auto make = [&](const std::string& name, const Shape& shape, const char* initializer) {
    add_weight(name, shape, {.initializer = initializer, .dtype = DType::float32});
    return LayerAccess::overwritten_weight(*this, name);
  };
  for (const auto& [name, made] :
       {std::pair("inputs", &inputs8_), std::pair("kernel", &kernel8_), std::pair("outputs_grad", &outputs_grad8_)}) {
    made->scale = make(std::string(name) + "_scale", Shape{}, "ones");
    made->amax_history = make(std::string(name) + "_amax_history", {settings_.amax_history_length}, "zeros");
  }
}

}  // namespace hornbeam
