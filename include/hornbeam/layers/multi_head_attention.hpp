// MultiHeadAttention. Mirrors keras.layers.MultiHeadAttention (from 2.5 on). How it is called: projected_attention.hpp.
//
//   MultiHeadAttention attention(8, 64, {.dropout = 0.1});
//   auto y = attention({x, x});  // as wide as x
//
// Attention goes over `attention_axes` of the query (default: all but the batch and the features). Weights: kernel and
// bias of the query's, key's, (gate's,) value's and output's projection.
#pragma once

#include "hornbeam/layers/projected_attention.hpp"

namespace hornbeam {

struct MultiHeadAttentionOptions {
  std::optional<std::int64_t> value_dim = {};  // default: key_dim
  double dropout = 0.0;
  bool use_bias = true;
  std::vector<std::int64_t> output_shape = {};  // default: the query's features
  std::vector<std::int64_t> attention_axes = {};
  std::optional<std::int64_t> sliding_window = {};  // from Keras 3 on
  std::optional<bool> flash_attention = {};         // from Keras 3 on
  HB_ATTENTION_WEIGHT_OPTIONS
  HB_LAYER_OPTIONS
};

class MultiHeadAttentionLayer final : public ProjectedAttentionLayer {
 public:
  static constexpr const char* kClassName = "MultiHeadAttention";
  explicit MultiHeadAttentionLayer(const LayerOptions& options) : ProjectedAttentionLayer(options) {}
  MultiHeadAttentionLayer(std::int64_t num_heads, std::int64_t key_dim, const MultiHeadAttentionOptions& options);
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("num_heads", self.num_heads_);
    f.required("key_dim", self.key_dim_);
    f("value_dim", self.o_.value_dim);
    f("dropout", self.o_.dropout);
    f("use_bias", self.o_.use_bias);
    f("use_gate", self.o_.use_gate);
    f("output_shape", self.output_shape_);
    f("attention_axes", self.attention_axes_);
    f("sliding_window", self.o_.sliding_window);
    f.optional("flash_attention", self.o_.flash_attention);
    attention_weight_fields(self.o_, f);
    f("seed", self.o_.seed);
    f("query_shape", self.query_shape_);
    f("key_shape", self.key_shape_);
    f("value_shape", self.value_shape_);
    f.optional("softmax_robust_masking", self.robust_masking_);
  }
  void check();

 protected:
  void make_parts(const Shape& query, const Shape& value, const Shape& key) override;
  Attended attend(const Projected& given) override;
  std::optional<std::int64_t> sliding_window() const override { return o_.sliding_window; }
  bool casts_given_mask() const override;
  bool takes_query_mask() const override { return false; }

 private:
  std::int64_t num_heads_ = 0, key_dim_ = 0;
  MultiHeadAttentionOptions o_;
  Config output_shape_, attention_axes_;                        // null, an int or a list
  std::optional<Shape> query_shape_, key_shape_, value_shape_;  // as tf.keras's configs have them
  std::optional<bool> robust_masking_;                          // tf-keras's
  std::string dot_product_equation_, combine_equation_;
  std::size_t scores_rank_ = 0, axes_count_ = 0;
};

class MultiHeadAttention : public Ref<MultiHeadAttentionLayer> {
 public:
  MultiHeadAttention(std::int64_t num_heads, std::int64_t key_dim, const MultiHeadAttentionOptions& options = {})
      : Ref(std::make_shared<MultiHeadAttentionLayer>(num_heads, key_dim, options)) {}
};

}  // namespace hornbeam
