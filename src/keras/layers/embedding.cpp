#include "hornbeam/layers/embedding.hpp"

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/register.h"

namespace hornbeam {

EmbeddingLayer::EmbeddingLayer(std::int64_t input_dim, std::int64_t output_dim, const EmbeddingOptions& options)
    : QuantizedLayer(options.layer()), input_dim_(input_dim), output_dim_(output_dim), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  set_quantization(options.quantization_config);
  set_lora(options.lora_rank, options.lora_alpha);
  if (options.input_length) input_length_ = *options.input_length;
  check();
}

void EmbeddingLayer::check() {
  if (input_dim_ <= 0 || output_dim_ <= 0) {
    throw ValueError("Both `input_dim` and `output_dim` should be positive, Received input_dim = " +
                     std::to_string(input_dim_) + " and output_dim = " + std::to_string(output_dim_));
  }
  check_quantization();
  check_lora();
  autocast_ = false;  // indices are no numbers to round
  ragged_inputs_ = RaggedInputs::flat;
}

void EmbeddingLayer::build(const Shape&) {
  embeddings = build_kernel({input_dim_, output_dim_}, {.initializer = o_.embeddings_initializer,
                                                        .regularizer = o_.embeddings_regularizer,
                                                        .constraint = o_.embeddings_constraint});
  build_lora(BuiltAlpha::forgotten);
}

Values EmbeddingLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  if (x.dtype() != DType::int32 && x.dtype() != DType::int64) x = ops::cast(x, DType::int32);
  if (current_target() == Target::keras3) {
    // As numpy.take: from the end.
    const auto size = ops::cast(Tensor::scalar(input_dim_), x.dtype());
    x = ops::where(ops::less(x, 0), x + size, x);
  }
  return calls_quantized() ? quantized_rows(x) : ops::gather(plain_kernel(), x, 0);
}

QuantizedForm EmbeddingLayer::quantized_form(const Shape& table) const {
  return {.kernel = table, .axes = {1}, .scale = {input_dim_}, .order = {}, .matrix = table, .group_axis = 1};
}

// Only the rows that are asked for become numbers.
Tensor EmbeddingLayer::quantized_rows(const Tensor& x) const {
  const auto& table = quantized_kernel();
  const auto indices = ops::reshape(x, Shape{None});
  const auto picked = [&](const Variable& of) { return ops::gather(Tensor(of), indices, 0); };
  auto values = picked(table.values);
  if (settings().mode == "int4") values = quantizers::unpack_int4(values, output_dim_, -1);
  auto rows = ops::cast(values, compute_dtype());
  if (table.zero) {
    const auto groups = ops::cast(Tensor(table.groups), DType::int32);
    const auto of_each = [&](const Variable& of) {
      return ops::cast(ops::gather(picked(of), groups, 1), compute_dtype());
    };
    rows = (rows - of_each(table.zero)) * of_each(table.scale);
  } else {
    rows = rows / ops::expand_dims(picked(table.scale), -1);
  }
  if (lora_enabled()) {
    const auto added = ops::matmul(picked(lora_variables()[0]), lora_variables()[1]) * lora_scale();
    rows = ops::cast(rows + ops::cast(added, rows.dtype()), compute_dtype());
  }
  const auto width = Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(output_dim_)});
  return ops::reshape(rows, ops::concat({ops::shape(x), width}, 0));
}

std::vector<Tensor> EmbeddingLayer::compute_mask(const Values& inputs, const std::vector<Tensor>&) {
  if (!o_.mask_zero) return {};
  return {ops::not_equal(inputs.tensor(), 0)};
}

}  // namespace hornbeam

HB_REGISTER(layer_embedding) { hornbeam::register_builtin<hornbeam::EmbeddingLayer>(); }
