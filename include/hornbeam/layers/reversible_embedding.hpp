// ReversibleEmbedding: an Embedding that also leads back, from vectors to a score for each index. Mirrors
// keras.layers.ReversibleEmbedding (Keras 3). See layers.hpp.
//
//   ReversibleEmbedding embedding(100, 32);
//   auto x = embedding(tokens);                                      // (batch, time, 32)
//   auto scores = embedding(x, {.kwargs = {{"reverse", true}}});     // (batch, time, 100)
//
// Weights: embeddings (input_dim, output_dim), and reverse_embeddings (output_dim, input_dim) unless tie_weights.
#pragma once

#include "hornbeam/layers/embedding.hpp"

namespace hornbeam {

struct ReversibleEmbeddingOptions {
  bool tie_weights = true;
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;
  std::optional<std::string> reverse_dtype = {};  // default: the layer's compute dtype
  std::optional<double> logit_soft_cap = {};
  Config quantization_config = {};  // hornbeam/quantizers.hpp
  HB_LAYER_OPTIONS
};

class ReversibleEmbeddingLayer final : public EmbeddingLayer {
 public:
  static constexpr const char* kClassName = "ReversibleEmbedding";
  explicit ReversibleEmbeddingLayer(const LayerOptions& options) : EmbeddingLayer(options) {}
  ReversibleEmbeddingLayer(std::int64_t input_dim, std::int64_t output_dim, const ReversibleEmbeddingOptions& options);
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  using EmbeddingLayer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  // The outputs carry the masks that call gave them.
  std::vector<Tensor> compute_mask(const Values&, const std::vector<Tensor>&) override { return {}; }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    EmbeddingLayer::fields(self, f);
    f("tie_weights", self.tie_weights_);
    f("reverse_dtype", self.reverse_dtype_);
    f("logit_soft_cap", self.logit_soft_cap_);
  }
  void check();

  Variable reverse_embeddings;  // after build, where the weights are not tied

 protected:
  void quantize_more(const QuantizationSettings& settings) override;

 private:
  QuantizedForm reverse_form() const;
  void build_reverse(const QuantizationSettings& settings);
  Tensor scores(const Tensor& inputs) const;
  Tensor quantized_scores(const Tensor& inputs) const;
  Tensor rows_times(const Tensor& x, const Tensor& weights) const;
  Tensor capped(Tensor scores) const;
  bool tie_weights_ = true;
  std::optional<std::string> reverse_dtype_;
  std::optional<double> logit_soft_cap_;
  QuantizedWeight reverse_;  // where the weights are not tied
};

class ReversibleEmbedding : public Ref<ReversibleEmbeddingLayer> {
 public:
  ReversibleEmbedding(std::int64_t input_dim, std::int64_t output_dim, const ReversibleEmbeddingOptions& options = {})
      : Ref(std::make_shared<ReversibleEmbeddingLayer>(input_dim, output_dim, options)) {}
};

}  // namespace hornbeam
