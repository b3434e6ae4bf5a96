#include "hornbeam/layers/multi_head_attention.hpp"

#include <cmath>
#include <numeric>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/attention/equations.h"
#include "keras/layers/attention/masks.h"
#include "keras/layers/attention/settings.h"
#include "keras/layers/register.h"

namespace hornbeam {

MultiHeadAttentionLayer::MultiHeadAttentionLayer(std::int64_t num_heads, std::int64_t key_dim,
                                                 const MultiHeadAttentionOptions& options)
    : ProjectedAttentionLayer(options.layer()), num_heads_(num_heads), key_dim_(key_dim), o_(options) {
  if (!options.output_shape.empty()) output_shape_ = Config(options.output_shape);
  if (!options.attention_axes.empty()) attention_axes_ = Config(options.attention_axes);
  check();
}

void MultiHeadAttentionLayer::check() {
  check_positive("num_heads", num_heads_, "a positive integer");
  check_positive("key_dim", key_dim_, "a positive integer");
  if (o_.value_dim.value_or(0) == 0) o_.value_dim = key_dim_;
  check_positive("value_dim", *o_.value_dim, "a positive integer or `None`");
  check_attention_settings(o_.dropout, o_.sliding_window, o_.flash_attention);
  for (const auto& [key, value] : {std::pair("output_shape", &output_shape_), {"attention_axes", &attention_axes_}}) {
    if (value->is_null() || value->is_int()) continue;
    const bool ints =
        value->is_list() && std::ranges::all_of(value->as_list(), [](const Config& c) { return c.is_int(); });
    if (ints) continue;
    throw ValueError(key == std::string_view("output_shape")
                         ? "Invalid `output_shape`: " + value->dump() +
                               ". When specified, the `output_shape` should be of type tuple, list, or int."
                         : "`attention_axes` must be an int, list, or tuple.Received: attention_axes=" + value->dump());
  }
  supports_masking_ = true;
  // Keras 3's is known to its parts alone.
  activity_regularizer_ = current_target() == Target::keras3 ? Regularizer() : o_.activity_regularizer;
}

bool MultiHeadAttentionLayer::casts_given_mask() const { return current_target() == Target::keras3; }

void MultiHeadAttentionLayer::make_parts(const Shape& query, const Shape& value, const Shape& key) {
  const std::vector<std::int64_t> key_heads{num_heads_, key_dim_}, value_heads{num_heads_, *o_.value_dim};
  const auto dense = [&](const char* name, const Shape& input, const std::vector<std::int64_t>& heads,
                         const Activation& activation = "linear") {
    const auto p = projection_equation(input.rank() - 1, 1, heads);
    return dense_for(name, p.equation, p.output_shape, p.bias_axes, o_, input, activation);
  };
  const auto rank = static_cast<std::int64_t>(value.rank() + 1);
  std::vector<std::int64_t> axes;
  if (attention_axes_.is_null()) {
    for (std::int64_t axis = 1; axis < rank - 2; ++axis) axes.push_back(axis);
  } else {
    axes = attention_axes_.as_ints();
    if (current_target() == Target::keras3) {
      for (auto& axis : axes) axis += axis < 0 ? rank - 1 : 0;
    }
  }
  const auto equations = attention_equations(value.rank() + 1, axes);
  Parts parts;
  parts.query = dense("query", query, key_heads);
  parts.key = dense("key", key, key_heads);
  if (o_.use_gate) parts.gate = dense("gate", query, value_heads, "sigmoid");
  parts.value = dense("value", value, value_heads);
  parts.dropout = o_.dropout;
  parts.seed = o_.seed;
  attention_axes_ = Config(axes);
  dot_product_equation_ = equations.dot_product;
  combine_equation_ = equations.combine;
  scores_rank_ = equations.scores_rank;
  axes_count_ = axes.size();
  parts.softmax_axes.resize(axes_count_);
  std::iota(parts.softmax_axes.begin(), parts.softmax_axes.end(),
            static_cast<std::int64_t>(scores_rank_ - axes_count_));

  auto made = output_shape_.is_null() ? std::vector<std::int64_t>{query.back()} : output_shape_.as_ints();
  if (made.empty()) made = {query.back()};
  const auto p = projection_equation(query.rank() - 1, 2, made);
  Shape attended(std::vector<std::int64_t>(query.begin(), query.end() - 1));
  attended.push_back(num_heads_);
  attended.push_back(*o_.value_dim);
  parts.output = dense_for("attention_output", p.equation, p.output_shape, p.bias_axes, o_, attended);
  track_parts(std::move(parts));
  query_shape_ = query;
  key_shape_ = key;
  value_shape_ = value;
}

ProjectedAttentionLayer::Attended MultiHeadAttentionLayer::attend(const Projected& given) {
  check_flash_attention(o_.flash_attention, given.returns_scores);
  const double scale = 1.0 / std::sqrt(static_cast<double>(key_dim_));
  if (current_target() == Target::keras3 && o_.dropout == 0 && !given.returns_scores && given.query.rank() == 4) {
    return {dot_product_attention(given, scale), {}};
  }
  const auto product = ops::einsum(dot_product_equation_, {given.key, given.query * scale});
  std::vector<std::int64_t> axes(axes_count_);
  std::iota(axes.begin(), axes.end(), -static_cast<std::int64_t>(axes_count_));
  const auto mask = widened_mask(given.mask, scores_rank_, 2 * axes_count_);
  const auto scores = masked_softmax(product, mask, axes, robust_masking_.value_or(false));
  return {ops::einsum(combine_equation_, {dropped_scores(scores, given.training), given.value}), scores};
}

}  // namespace hornbeam

HB_REGISTER(layer_multi_head_attention) { hornbeam::register_builtin<hornbeam::MultiHeadAttentionLayer>(); }
