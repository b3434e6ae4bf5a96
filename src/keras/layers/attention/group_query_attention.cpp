#include "hornbeam/layers/group_query_attention.hpp"

#include <cmath>

#include "hornbeam/ops.hpp"
#include "keras/layers/attention/masks.h"
#include "keras/layers/attention/settings.h"
#include "keras/layers/register.h"

namespace hornbeam {

GroupQueryAttentionLayer::GroupQueryAttentionLayer(std::int64_t head_dim, std::int64_t num_query_heads,
                                                   std::int64_t num_key_value_heads,
                                                   const GroupQueryAttentionOptions& options)
    : ProjectedAttentionLayer(options.layer()),
      head_dim_(head_dim),
      num_query_heads_(num_query_heads),
      num_key_value_heads_(num_key_value_heads),
      o_(options) {
  check();
}

void GroupQueryAttentionLayer::check() {
  check_positive("head_dim", head_dim_, "a positive integer");
  check_positive("num_query_heads", num_query_heads_, "a positive integer");
  check_positive("num_key_value_heads", num_key_value_heads_, "a positive integer");
  if (num_query_heads_ % num_key_value_heads_ != 0) {
    throw ValueError("`num_query_heads` must be divisible by `num_key_value_heads`.");
  }
  check_attention_settings(o_.dropout, o_.sliding_window, o_.flash_attention);
  supports_masking_ = true;
  activity_regularizer_ = o_.activity_regularizer;
}

void GroupQueryAttentionLayer::make_parts(const Shape& query, const Shape& value, const Shape& key) {
  if (query.back() != value.back()) {
    throw ValueError("The last dimension of `query_shape` and `value_shape` must be equal, but are " +
                     std::to_string(query.back()) + ", " + std::to_string(value.back()) +
                     ". Received: query_shape=" + query.to_string() + ", value_shape=" + value.to_string());
  }
  const Shape heads{None, num_query_heads_, head_dim_}, shared{None, num_key_value_heads_, head_dim_};
  Parts parts;
  parts.query = dense_for("query", "bqm,muh->bquh", heads, "uh", o_, query);
  parts.key = dense_for("key", "bkm,mvh->bkvh", shared, "vh", o_, key);
  if (o_.use_gate) parts.gate = dense_for("gate", "bqm,muh->bquh", heads, "uh", o_, query, "sigmoid");
  parts.value = dense_for("value", "bkm,mvh->bkvh", shared, "vh", o_, value);
  parts.dropout = o_.dropout;
  parts.seed = o_.seed;
  parts.output = dense_for("attention_output", "bquh,uhm->bqm", {None, query.back()}, "m", o_,
                           {None, None, num_query_heads_, head_dim_});
  track_parts(std::move(parts));
}

ProjectedAttentionLayer::Attended GroupQueryAttentionLayer::attend(const Projected& shared) {
  check_flash_attention(o_.flash_attention, shared.returns_scores);
  auto given = shared;
  if (const auto repeats = num_query_heads_ / num_key_value_heads_; repeats > 1) {
    std::vector<std::int32_t> heads;
    for (std::int64_t i = 0; i < num_query_heads_; ++i) heads.push_back(static_cast<std::int32_t>(i / repeats));
    const auto of_head = Tensor::from<std::int32_t>({num_query_heads_}, heads);
    given.key = ops::gather(given.key, of_head, 2);
    given.value = ops::gather(given.value, of_head, 2);
  }
  const double scale = 1.0 / std::sqrt(static_cast<double>(head_dim_));
  if (o_.dropout == 0 && !given.returns_scores) return {dot_product_attention(given, scale), {}};
  const auto product = ops::einsum("bquh,bkuh->buqk", {given.query * scale, given.key});
  const auto scores = masked_softmax(product, widened_mask(given.mask, 4, 2), {-1});
  return {ops::einsum("buqk,bkuh->bquh", {dropped_scores(scores, given.training), given.value}), scores};
}

}  // namespace hornbeam

HB_REGISTER(layer_group_query_attention) {
  hornbeam::register_builtin<hornbeam::GroupQueryAttentionLayer>({"GroupedQueryAttention"});
}
