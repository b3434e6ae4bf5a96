#include "hornbeam/layers/embedding.hpp"

#include "hornbeam/ops.hpp"
#include "keras/layers/register.h"

namespace hornbeam {

EmbeddingLayer::EmbeddingLayer(std::int64_t input_dim, std::int64_t output_dim, const EmbeddingOptions& options)
    : LoraLayer(options.layer()), input_dim_(input_dim), output_dim_(output_dim), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  set_lora(options.lora_rank, options.lora_alpha);
  if (options.input_length) input_length_ = *options.input_length;
  check();
}

void EmbeddingLayer::check() {
  if (input_dim_ <= 0 || output_dim_ <= 0) {
    throw ValueError("Both `input_dim` and `output_dim` should be positive, Received input_dim = " +
                     std::to_string(input_dim_) + " and output_dim = " + std::to_string(output_dim_));
  }
  check_lora();
  autocast_ = false;  // indices are no numbers to round
  ragged_inputs_ = RaggedInputs::flat;
}

void EmbeddingLayer::build(const Shape&) {
  embeddings = add_weight("embeddings", {input_dim_, output_dim_},
                          {.initializer = o_.embeddings_initializer,
                           .regularizer = o_.embeddings_regularizer,
                           .constraint = o_.embeddings_constraint});
  build_lora(BuiltAlpha::forgotten);
}

Values EmbeddingLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  if (x.dtype() != DType::int32 && x.dtype() != DType::int64) x = ops::cast(x, DType::int32);
  return ops::gather(adapted_kernel(), x, 0);
}

std::vector<Tensor> EmbeddingLayer::compute_mask(const Values& inputs, const std::vector<Tensor>&) {
  if (!o_.mask_zero) return {};
  return {ops::not_equal(inputs.tensor(), 0)};
}

}  // namespace hornbeam

HB_REGISTER(layer_embedding) { hornbeam::register_builtin<hornbeam::EmbeddingLayer>(); }
