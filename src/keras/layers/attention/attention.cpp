#include "hornbeam/layers/attention.hpp"

#include <fmt/format.h>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/attention/masks.h"
#include "keras/layers/dropped.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

bool flag_of(const CallContext& context, const char* name) {
  const auto* given = context.options().kwargs.find(name);
  return given && given->is_bool() && given->as_bool();
}

[[noreturn]] void throw_dropout_rate(double rate) {
  throw ValueError(fmt::format("rate must be a scalar tensor or a float in the range [0, 1), got {:g}", rate));
}

}  // namespace

void DenseAttentionLayer::check_settings() {
  supports_masking_ = true;
  if (s_.dropout >= 0 && s_.dropout <= 1) return;
  throw_dropout_rate(s_.dropout);
}

std::optional<Layer::Call> DenseAttentionLayer::arranged(const Values& inputs, const CallOptions&) {
  const std::string namely = "namely [query, value] or [query, value, key].";
  if (!inputs.is_list()) throw ValueError(class_name() + " layer must be called on a list of inputs, " + namely);
  if (inputs.size() == 2 || inputs.size() == 3) return std::nullopt;
  throw ValueError(class_name() + " layer accepts inputs list of length 2 or 3, " + namely +
                   " Given length: " + std::to_string(inputs.size()));
}

Values DenseAttentionLayer::call(const Values& inputs, CallContext& context) {
  const auto tensors = inputs.flatten();
  const auto &query = tensors.at(0), &value = tensors.at(1);
  const auto& key = tensors.size() > 2 ? tensors[2] : value;
  if (!context.options().mask.is_none() && (context.masks.size() < 2 || context.masks.size() > tensors.size())) {
    throw ValueError(class_name() + " layer mask must be a list of length 2, namely [query_mask, value_mask]. " +
                     "Given length: " + std::to_string(context.masks.size()));
  }
  auto product = scores(query, key);
  auto mask = context.mask(1);
  if (mask.defined()) mask = ops::expand_dims(mask, -2);
  if (s_.causal || flag_of(context, "use_causal_mask")) {
    mask = both_masks(mask, ops::expand_dims(causal_mask(query, key), 0));
  }
  if (mask.defined()) {
    const double most = product.dtype() == DType::float16 ? 65504.0 : 1e9;
    product = product - ops::cast(ops::logical_not(mask), product.dtype()) * most;
  }
  const auto weights = ops::softmax(product);
  const bool drops = context.training() && s_.dropout > 0;
  if (drops && s_.dropout == 1 && current_target() != Target::keras3) throw_dropout_rate(1);
  const auto used = drops ? dropped(weights, s_.dropout, ops::shape(weights), s_.seed.value_or(0)) : weights;
  auto result = ops::matmul(used, value);
  if (const auto own = context.mask(0); own.defined()) {
    result = result * ops::cast(ops::expand_dims(own, -1), result.dtype());
  }
  if (!flag_of(context, "return_attention_scores")) return result;
  return Values{result, used};
}

std::vector<Tensor> DenseAttentionLayer::compute_mask(const Values&, const std::vector<Tensor>& masks) {
  if (masks.empty() || !masks[0].defined()) return {};
  return {masks[0]};
}

Tensor DenseAttentionLayer::sum_of_pairs(const Tensor& query, const Tensor& key, const Variable& inner,
                                         const Variable& outer) {
  auto pairs = ops::expand_dims(query, -2) + ops::expand_dims(key, -3);
  if (inner) pairs = Tensor(inner) * pairs;
  pairs = ops::tanh(pairs);
  if (outer && outer->shape().rank() > 0) return ops::reduce_sum(Tensor(outer) * pairs, -1);
  const auto sums = ops::reduce_sum(pairs, -1);
  return outer ? Tensor(outer) * sums : sums;
}

AttentionLayer::AttentionLayer(const AttentionOptions& options)
    : DenseAttentionLayer(options.layer()), score_mode_(options.score_mode) {
  s_ = {options.causal, options.dropout, options.use_scale, options.seed};
  check();
}

void AttentionLayer::check() {
  check_settings();
  if (score_mode_ != "dot" && score_mode_ != "concat") {
    throw ValueError("Received: score_mode=" + score_mode_ + ". Acceptable values are: [\"dot\", \"concat\"]");
  }
}

void AttentionLayer::build(const std::vector<Shape>&) {
  if (s_.use_scale) scale = add_weight("scale", {}, {.initializer = "ones"});
  if (score_mode_ == "concat") concat_score_weight = add_weight("concat_score_weight", {}, {.initializer = "ones"});
}

Tensor AttentionLayer::scores(const Tensor& query, const Tensor& key) const {
  if (score_mode_ == "concat") return sum_of_pairs(query, key, scale, concat_score_weight);
  const auto product = ops::matmul(query, key, false, /*transpose_b=*/true);
  return scale ? product * scale : product;
}

AdditiveAttentionLayer::AdditiveAttentionLayer(const AdditiveAttentionOptions& options)
    : DenseAttentionLayer(options.layer()) {
  s_ = {options.causal, options.dropout, options.use_scale, options.seed};
  check();
}

void AdditiveAttentionLayer::build(const std::vector<Shape>& input_shapes) {
  if (input_shapes.size() < 2) throw IndexError("list index out of range");
  // Keras 3 takes the query's last dim, tf.keras the value's: they are added, so both are the same or one is 1.
  const auto& shape = input_shapes[current_target() == Target::keras3 ? 0 : 1];
  if (s_.use_scale) scale = add_weight("scale", {shape.back()}, {.initializer = "glorot_uniform"});
}

Tensor AdditiveAttentionLayer::scores(const Tensor& query, const Tensor& key) const {
  return sum_of_pairs(query, key, {}, scale);
}

}  // namespace hornbeam

HB_REGISTER(layer_attention) {
  using namespace hornbeam;
  register_builtin<AttentionLayer>();
  register_builtin<AdditiveAttentionLayer>();
}
