#include "hornbeam/layers/dropout.hpp"

#include <cmath>
#include <utility>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/ragged_inputs.h"
#include "keras/layers/data_format.h"
#include "keras/layers/dropped.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

void check_rate(double rate) {
  if (rate >= 0 && rate <= 1) return;
  throw ValueError("Invalid value " + Config(rate).dump() + " received for `rate`, expected a value between 0 and 1.");
}

// Keras 3's words: tf.keras takes any.
void check_argument(const char* name, double value) {
  if (value >= 0 && value <= 1) return;
  throw ValueError("Invalid value received for argument `" + std::string(name) +
                   "`. Expected a float value between 0 and 1. Received: " + name + "=" + Config(value).dump());
}

// The shape of x with the dims of `noise` where it says one; 1s repeat the noise along that dim.
Tensor noise_shape_of(const Tensor& x, const std::vector<std::optional<std::int64_t>>& noise) {
  const auto shape = ops::shape(x);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    parts.push_back(i < noise.size() && noise[i]
                        ? Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(*noise[i])})
                        : ops::slice(shape, {at}, {1}));
  }
  return ops::concat(parts, 0);
}

}  // namespace

DropoutLayer::DropoutLayer(double rate, const DropoutOptions& options)
    : Layer(options.layer()), rate_(rate), o_(options) {
  check();
}

void DropoutLayer::check() {
  check_rate(rate_);
  supports_masking_ = true;
  if (!o_.noise_shape) ragged_inputs_ = RaggedInputs::flat;
}

Values DropoutLayer::call(const Values& inputs, CallContext& context) {
  if (!context.training() || rate_ == 0) return inputs;
  const Tensor x = inputs;
  return dropped(x, rate_, noise_shape_of(x, o_.noise_shape.value_or(std::vector<std::optional<std::int64_t>>{})),
                 o_.seed.value_or(0));
}

SpatialDropoutLayer::SpatialDropoutLayer(std::size_t rank, double rate, const SpatialDropoutOptions& options)
    : Layer(options.layer()), rank_(rank), rate_(rate) {
  if (rank > 1) data_format_ = options.data_format;
  check();
}

void SpatialDropoutLayer::check() {
  check_rate(rate_);
  if (const auto given = lower_case(data_format_.value_or(""));
      rank_ > 1 && !given.empty() && given != "channels_first" && given != "channels_last") {
    throw ValueError("data_format must be in {\"channels_last\", \"channels_first\"}. Received: " + *data_format_);
  }
  if (rank_ > 1 || data_format_) data_format_ = checked_data_format_of(rank_, data_format_.value_or(""));
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::taken;  // as long as nothing is dropped
  input_spec_ = {{.ndim = rank_ + 2}};
}

Values SpatialDropoutLayer::call(const Values& inputs, CallContext& context) {
  if (!context.training() || rate_ == 0) return inputs;
  const Tensor x = inputs;
  if (is_ragged(x)) throw_no_ragged(name(), {x});
  std::vector<std::optional<std::int64_t>> noise(rank_ + 2);
  const std::size_t start = data_format_ == "channels_first" ? 2 : 1;
  for (std::size_t i = 0; i < rank_; ++i) noise[start + i] = 1;
  return dropped(x, rate_, noise_shape_of(x, noise), seed_.value_or(0));
}

GaussianNoiseLayer::GaussianNoiseLayer(double stddev, const NoiseOptions& options)
    : Layer(options.layer()), stddev_(stddev), seed_(options.seed) {
  check();
}

void GaussianNoiseLayer::check() {
  if (current_target() == Target::keras3) check_argument("stddev", stddev_);
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::flat;
}

Values GaussianNoiseLayer::call(const Values& inputs, CallContext& context) {
  if (!context.training()) return inputs;
  const Tensor x = inputs;
  return x + ops::random_normal(ops::shape(x), x.dtype(), seed_.value_or(0)) * stddev_;
}

GaussianDropoutLayer::GaussianDropoutLayer(double rate, const NoiseOptions& options)
    : Layer(options.layer()), rate_(rate), seed_(options.seed) {
  check();
}

void GaussianDropoutLayer::check() {
  check_argument("rate", rate_);
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::flat;
}

Values GaussianDropoutLayer::call(const Values& inputs, CallContext& context) {
  if (!context.training() || rate_ <= 0 || rate_ >= 1) return inputs;
  const Tensor x = inputs;
  const auto noise = ops::random_normal(ops::shape(x), x.dtype(), seed_.value_or(0));
  return x * (noise * std::sqrt(rate_ / (1.0 - rate_)) + 1.0);
}

AlphaDropoutLayer::AlphaDropoutLayer(double rate, const NoiseOptions& options)
    : Layer(options.layer()), rate_(rate), seed_(options.seed) {
  check();
}

void AlphaDropoutLayer::check() {
  check_argument("rate", rate_);
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::flat;
}

Values AlphaDropoutLayer::call(const Values& inputs, CallContext& context) {
  if (!context.training() || rate_ <= 0 || rate_ >= 1) return inputs;
  const Tensor x = inputs;
  constexpr double kAlpha = 1.6732632423543772848170429916717, kScale = 1.0507009873554804934193349852946;
  const double saturated = -kAlpha * kScale;
  std::vector<std::optional<std::int64_t>> shared;
  if (noise_shape_ && noise_shape_->is_list()) {
    for (const auto& dim : noise_shape_->as_list()) {
      shared.push_back(dim.is_null() ? std::nullopt : std::optional(dim.as_int()));
    }
  }
  const auto noise = ops::random_uniform(noise_shape_of(x, shared), x.dtype(), seed_.value_or(0));
  const auto keep = ops::cast(ops::greater_equal(noise, rate_), x.dtype());
  const double a = 1.0 / std::sqrt((1.0 - rate_) * (1.0 + rate_ * saturated * saturated));
  const double b = -a * saturated * rate_;
  return (x * keep + (1.0 - keep) * saturated) * a + b;
}

ActivityRegularizationLayer::ActivityRegularizationLayer(const ActivityRegularizationOptions& options)
    : Layer(options.layer()), l1_(options.l1), l2_(options.l2) {
  check();
}

void ActivityRegularizationLayer::check() {
  for (const auto& [name, value] : {std::pair{"l1", l1_}, {"l2", l2_}}) {
    if (value >= 0 || current_target() != Target::keras3) continue;
    throw ValueError("Invalid value for argument " + std::string(name) + ": expected a non-negative float." +
                     "Received: " + name + "=" + Config(value).dump());
  }
  activity_regularizer_ = regularizers::L1L2(l1_, l2_);
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::flat;
}

}  // namespace hornbeam

HB_REGISTER(layer_dropout) {
  using namespace hornbeam;
  register_builtin<DropoutLayer>();
  register_builtin<SpatialDropout1DLayer>();
  register_builtin<SpatialDropout2DLayer>();
  register_builtin<SpatialDropout3DLayer>();
  register_builtin<GaussianNoiseLayer>();
  register_builtin<GaussianDropoutLayer>();
  register_builtin<AlphaDropoutLayer>();
  register_builtin<ActivityRegularizationLayer>();
}
