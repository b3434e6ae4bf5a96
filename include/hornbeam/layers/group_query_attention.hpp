// GroupQueryAttention: several query heads share one head of key and value. Mirrors keras.layers.GroupQueryAttention
// (Keras 3). How it is called: projected_attention.hpp.
//
//   GroupQueryAttention attention(64, 8, 2);
//   auto y = attention({x, x});
//
// query (batch, target, features), value and key (batch, source, features). Weights: kernel and bias of the query's,
// key's, (gate's,) value's and output's projection.
#pragma once

#include "hornbeam/layers/projected_attention.hpp"

namespace hornbeam {

struct GroupQueryAttentionOptions {
  double dropout = 0.0;
  bool use_bias = true;
  std::optional<std::int64_t> sliding_window = {};
  std::optional<bool> flash_attention = {};
  HB_ATTENTION_WEIGHT_OPTIONS
  HB_LAYER_OPTIONS
};

class GroupQueryAttentionLayer final : public ProjectedAttentionLayer {
 public:
  static constexpr const char* kClassName = "GroupQueryAttention";
  explicit GroupQueryAttentionLayer(const LayerOptions& options) : ProjectedAttentionLayer(options) {}
  GroupQueryAttentionLayer(std::int64_t head_dim, std::int64_t num_query_heads, std::int64_t num_key_value_heads,
                           const GroupQueryAttentionOptions& options);
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("head_dim", self.head_dim_);
    f.required("num_query_heads", self.num_query_heads_);
    f.required("num_key_value_heads", self.num_key_value_heads_);
    f("use_bias", self.o_.use_bias);
    f("use_gate", self.o_.use_gate);
    f("sliding_window", self.o_.sliding_window);
    f("dropout", self.o_.dropout);
    f.optional("flash_attention", self.o_.flash_attention);
    attention_weight_fields(self.o_, f);
    f("seed", self.o_.seed);
  }
  void check();

 protected:
  std::string naming_class() const override { return "GroupedQueryAttention"; }
  void make_parts(const Shape& query, const Shape& value, const Shape& key) override;
  Attended attend(const Projected& given) override;
  std::optional<std::int64_t> sliding_window() const override { return o_.sliding_window; }
  bool casts_given_mask() const override { return false; }
  bool takes_query_mask() const override { return true; }

 private:
  std::int64_t head_dim_ = 0, num_query_heads_ = 0, num_key_value_heads_ = 0;
  GroupQueryAttentionOptions o_;
};

class GroupQueryAttention : public Ref<GroupQueryAttentionLayer> {
 public:
  GroupQueryAttention(std::int64_t head_dim, std::int64_t num_query_heads, std::int64_t num_key_value_heads,
                      const GroupQueryAttentionOptions& options = {})
      : Ref(std::make_shared<GroupQueryAttentionLayer>(head_dim, num_query_heads, num_key_value_heads, options)) {}
};

}  // namespace hornbeam
