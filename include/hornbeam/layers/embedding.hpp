// Embedding: rows of a table picked by index. Mirrors keras.layers.Embedding.
//
// Input (batch, ...) of integers, output (batch, ..., output_dim). Weight: embeddings (input_dim, output_dim). With
// mask_zero index 0 is masked. An index outside the table throws InvalidArgumentError. See layers.hpp.
#pragma once

#include "hornbeam/layers/quantized.hpp"

namespace hornbeam {

struct EmbeddingOptions {
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;
  std::optional<std::int64_t> input_length = {};
  std::optional<std::int64_t> lora_rank = {};  // Keras 3
  std::optional<double> lora_alpha = {};       // default: the rank, which it is again once the layer is built
  Config quantization_config = {};             // Keras 3: hornbeam/quantizers.hpp
  HB_LAYER_OPTIONS
};

class EmbeddingLayer : public QuantizedLayer {
 public:
  static constexpr const char* kClassName = "Embedding";
  explicit EmbeddingLayer(const LayerOptions& options) : QuantizedLayer(options) {}
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  EmbeddingLayer(std::int64_t input_dim, std::int64_t output_dim, const EmbeddingOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("input_dim", self.input_dim_);
    f.required("output_dim", self.output_dim_);
    f("embeddings_initializer", self.o_.embeddings_initializer);
    f("embeddings_regularizer", self.o_.embeddings_regularizer);
    f("activity_regularizer", self.activity_regularizer_);
    f("embeddings_constraint", self.o_.embeddings_constraint);
    f("mask_zero", self.o_.mask_zero);
    f("input_length", self.input_length_);
    quantization_fields(self, f);
    lora_fields(self, f);
  }
  void check();

  Variable embeddings;  // after build

 protected:
  std::int64_t input_dim_ = 0, output_dim_ = 0;
  Config input_length_;  // an int, or a list for several dims
  EmbeddingOptions o_;

 private:
  const char* kernel_name() const override { return "embeddings"; }
  const Constraint& kernel_constraint() const override { return o_.embeddings_constraint; }
  QuantizedForm quantized_form(const Shape& kernel) const override;
  void kernel_replaced(const Variable& made) override { embeddings = made; }
  bool has_float8() const override { return false; }
  Tensor quantized_rows(const Tensor& indices) const;
};

class Embedding : public Ref<EmbeddingLayer> {
 public:
  Embedding(std::int64_t input_dim, std::int64_t output_dim, const EmbeddingOptions& options = {})
      : Ref(std::make_shared<EmbeddingLayer>(input_dim, output_dim, options)) {}
};

}  // namespace hornbeam
