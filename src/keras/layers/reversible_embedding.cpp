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
  reverse_embeddings =
      add_weight("reverse_embeddings", {output_dim_, input_dim_}, {.initializer = o_.embeddings_initializer});
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
  const auto dtype = reverse_dtype_ ? dtype_from_name(*reverse_dtype_) : compute_dtype();
  const auto x = ops::cast(inputs, dtype);
  const auto weights = ops::cast(tie_weights_ ? adapted_kernel() : Tensor(reverse_embeddings), dtype);
  const auto size = x.shape().has_rank() && x.shape().back() >= 0 ? x.shape().back() : output_dim_;
  const auto rows = ops::matmul(ops::reshape(x, Shape{None, size}), weights, false, tie_weights_);
  const auto front = ops::strided_slice(ops::shape(x), {0}, {-1}, {1});
  auto result = ops::reshape(
      rows, ops::concat({front, Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(input_dim_)})}, 0));
  if (logit_soft_cap_) result = ops::tanh(result / *logit_soft_cap_) * *logit_soft_cap_;
  return result;
}

}  // namespace hornbeam

HB_REGISTER(layer_reversible_embedding) { hornbeam::register_builtin<hornbeam::ReversibleEmbeddingLayer>(); }
