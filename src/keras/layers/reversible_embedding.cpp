#include "hornbeam/layers/reversible_embedding.hpp"

#include "hornbeam/ops.hpp"
#include "keras/layers/register.h"

namespace hornbeam {

ReversibleEmbeddingLayer::ReversibleEmbeddingLayer(std::int64_t input_dim, std::int64_t output_dim,
                                                   const ReversibleEmbeddingOptions& options)
    : EmbeddingLayer(input_dim, output_dim,
                     {.embeddings_initializer = options.embeddings_initializer,
                      .embeddings_regularizer = options.embeddings_regularizer,
                      .activity_regularizer = options.activity_regularizer,
                      .embeddings_constraint = options.embeddings_constraint,
                      .mask_zero = options.mask_zero,
                      .quantization_config = options.quantization_config,
                      .name = options.name,
                      .dtype = options.dtype,
                      .trainable = options.trainable,
                      .input_shape = options.input_shape,
                      .batch_input_shape = options.batch_input_shape}),
      tie_weights_(options.tie_weights),
      reverse_dtype_(options.reverse_dtype),
      logit_soft_cap_(options.logit_soft_cap) {
  check();
}

void ReversibleEmbeddingLayer::check() {
  EmbeddingLayer::check();
  ragged_inputs_ = RaggedInputs::refused;
  if (reverse_dtype_) dtype_from_name(*reverse_dtype_);
}

void ReversibleEmbeddingLayer::build(const Shape& input_shape) {
  EmbeddingLayer::build(input_shape);
  if (tie_weights_) return;
  if (holds_integers()) return build_reverse(settings());
  reverse_embeddings =
      add_weight("reverse_embeddings", {output_dim_, input_dim_}, {.initializer = o_.embeddings_initializer});
}

QuantizedForm ReversibleEmbeddingLayer::reverse_form() const {
  const Shape shape{output_dim_, input_dim_};
  return {.kernel = shape, .axes = {0}, .scale = {input_dim_}, .order = {}, .matrix = shape, .pack_axis = 0};
}

void ReversibleEmbeddingLayer::build_reverse(const QuantizationSettings& settings) {
  reverse_ = make_quantized("reverse_embeddings", "", reverse_form(), settings, variable_dtype());
  reverse_embeddings = reverse_.values;
}

void ReversibleEmbeddingLayer::quantize_more(const QuantizationSettings& settings) {
  if (tie_weights_) return;
  const auto value = reverse_embeddings->value();
  remove_weight("reverse_embeddings");
  build_reverse(settings);
  assign_quantized(reverse_, value, settings);
}

Values ReversibleEmbeddingLayer::call(const Values& inputs, CallContext& context) {
  for (const auto* key : {"reverse", "arg1"}) {
    const auto* reverse = context.options().kwargs.find(key);
    if (reverse && reverse->is_bool() && reverse->as_bool()) return scores(inputs);
  }
  const auto result = EmbeddingLayer::call(inputs, context);
  const auto masks = EmbeddingLayer::compute_mask(inputs, {});
  return masks.empty() ? result : Values(result.tensor(), masks[0]);
}

Tensor ReversibleEmbeddingLayer::scores(const Tensor& inputs) const {
  if (calls_quantized()) return capped(quantized_scores(inputs));
  const auto dtype = reverse_dtype_ ? dtype_from_name(*reverse_dtype_) : compute_dtype();
  return capped(rows_times(ops::cast(inputs, dtype),
                           ops::cast(tie_weights_ ? plain_kernel() : Tensor(reverse_embeddings), dtype)));
}

// As in Keras: reverse_dtype and LoRA have no part in it.
Tensor ReversibleEmbeddingLayer::quantized_scores(const Tensor& inputs) const {
  const auto& table = tie_weights_ ? quantized_kernel() : reverse_;
  const auto quantizer = settings().configured ? settings().inputs : quantizers::AbsMaxQuantizer();
  auto x = inputs;
  Tensor scale;
  if (quantizer) {
    const auto rounded =
        quantizers::abs_max_quantize(inputs, quantizer->axis.value_or(std::vector<std::int64_t>{-1}), *quantizer);
    x = ops::cast(rounded.values, compute_dtype());
    scale = rounded.scale;
  }
  if (table.zero) {
    const auto sums = rows_times(x, dequantized(table));
    return quantizer ? sums / scale : sums;
  }
  if (quantizer) {  // sums of integers, exact in these
    x = ops::cast(x, DType::float64);
  }
  const auto sums = ops::cast(rows_times(x, ops::cast(unpacked(table), x.dtype())), compute_dtype());
  return sums / (quantizer ? scale * Tensor(table.scale) : Tensor(table.scale));
}

Tensor ReversibleEmbeddingLayer::rows_times(const Tensor& x, const Tensor& weights) const {
  const auto size = x.shape().has_rank() && x.shape().back() >= 0 ? x.shape().back() : output_dim_;
  const auto rows = ops::matmul(ops::reshape(x, Shape{None, size}), weights, false, tie_weights_);
  const auto front = ops::strided_slice(ops::shape(x), {0}, {-1}, {1});
  return ops::reshape(
      rows, ops::concat({front, Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(input_dim_)})}, 0));
}

Tensor ReversibleEmbeddingLayer::capped(Tensor scores) const {
  return logit_soft_cap_ ? ops::tanh(scores / *logit_soft_cap_) * *logit_soft_cap_ : scores;
}

}  // namespace hornbeam

HB_REGISTER(layer_reversible_embedding) { hornbeam::register_builtin<hornbeam::ReversibleEmbeddingLayer>(); }
