// Colours changed at random.
#include <cmath>

#include "hornbeam/layers/color_augmentation.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/image/draws.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"
#include "keras/layers/tuple_text.h"
#include "ops/op_def.h"

namespace hornbeam {

namespace {

// In the way of Keras 3: forth, or back.
Tensor forth_or_back(const Tensor& uniform) {
  return ops::where(ops::greater(uniform, 0.5), ops::scalar(uniform.dtype(), -1.0), ops::scalar(uniform.dtype(), 1.0));
}

// One channel of three made anew.
template <class F>
Tensor with_channel(const Tensor& images, std::size_t channel, const F& change) {
  auto parts = ops::split(images, 3, -1);
  parts[channel] = change(parts[channel]);
  return ops::concat(parts, -1);
}

Tensor clipped(const Tensor& images, const Config& value_range) {
  const auto range = value_range_of(value_range);
  return ops::clip_by_value(images, range.low, range.high);
}

}  // namespace

void RandomColorDegenerationLayer::check() {
  AugmentationLayer::check();
  casts_at_inference_ = false;
  factor_ = factor_bounds(factor_, -1, 1);
  value_range_ = sorted_value_range(value_range_);
}

Values RandomColorDegenerationLayer::drawn(const Tensor& images) {
  const auto range = bounds_of(factor_);
  return Values{{"factor", spread(uniform_each(images, range.low, range.high))}};
}

Tensor RandomColorDegenerationLayer::changed(const Tensor& images, const Values& draws) {
  if (images.shape().dim(-1) != 3) {
    throw ValueError("Input images must have 3 channels, but received images with " +
                     std::to_string(images.shape().dim(-1)) + " channels.");
  }
  const auto by = spread_like(draws["factor"], images);
  return clipped(images + by * (grayscale(images) - images), value_range_);
}

void RandomHueLayer::check() {
  AugmentationLayer::check();
  casts_at_inference_ = false;
  factor_ = factor_bounds(factor_, 0, 1);
  value_range_of(value_range_);
}

Values RandomHueLayer::drawn(const Tensor& images) {
  const auto range = bounds_of(factor_);
  const auto way = forth_or_back(uniform_each(images, 0, 1));
  return Values{{"factor", way * uniform_each(images, range.low, range.high) * 0.5}};
}

Tensor RandomHueLayer::changed(const Tensor& images, const Values& draws) {
  const auto range = value_range_of(value_range_);
  // Keras computes in float32 where ranges differ.
  const auto x = rgb_to_hsv(to_range(images, range, kUnit, DType::float32));
  const auto by = spread_like(draws["factor"], x);
  const auto turned = with_channel(x, 0, [&](const Tensor& given) {
    auto hue = given + by;
    hue = ops::where(ops::greater(hue, 1.0), hue - 1.0, hue);
    return ops::where(ops::less(hue, 0.0), hue + 1.0, hue);
  });
  const auto rgb = ops::clip_by_value(hsv_to_rgb(turned), 0.0, 1.0);
  return ops::cast(to_range(rgb, kUnit, range, DType::float32), compute_dtype());
}

void RandomInvertLayer::check() {
  AugmentationLayer::check();
  casts_at_inference_ = false;
  factor_ = factor_bounds(factor_, 0, 1);
  value_range_of(value_range_);
}

Values RandomInvertLayer::drawn(const Tensor& images) { return Values{{"apply_inversion", chosen(images, factor_)}}; }

Tensor RandomInvertLayer::changed(const Tensor& images, const Values& draws) {
  return ops::where(spread(draws["apply_inversion"]), value_range_of(value_range_).high - images, images);
}

void RandomPosterizationLayer::check() {
  AugmentationLayer::check();
  casts_at_inference_ = false;
  factor_ = factor_bounds(factor_, 1, 8);
  const auto range = bounds_of(factor_);
  if (range.low < 1 || range.high > 8 || std::floor(range.low) != range.low || std::floor(range.high) != range.high) {
    throw ValueError("The `factor` argument should be whole numbers in the range [1, 8]. Received: factor=" +
                     tuple_text(factor_));
  }
  value_range_ = sorted_value_range(value_range_);
}

Values RandomPosterizationLayer::drawn(const Tensor& images) {
  const auto range = bounds_of(factor_);
  const auto low = static_cast<std::int32_t>(range.low), high = static_cast<std::int32_t>(range.high);
  Tensor bits = ops::fill(batch_dim(images), Tensor::scalar(low));
  if (low != high) {
    bits = call_op1("RandomUniformInt", {batch_dim(images), Tensor::scalar(low), Tensor::scalar(high)},
                    {{"seed", seed_.value_or(0)}});
  }
  return Values{{"shift_factor", ops::cast(Tensor::scalar(std::int32_t{8}) - bits, DType::uint8)}};
}

Tensor RandomPosterizationLayer::changed(const Tensor& images, const Values& draws) {
  const auto range = value_range_of(value_range_);
  const auto shift = spread(draws["shift_factor"]);
  const auto bytes = ops::cast(to_range(images, range, kBytes, compute_dtype()), DType::uint8);
  const auto kept = call_op1("LeftShift", {call_op1("RightShift", {bytes, shift}), shift});
  return to_range(ops::cast(kept, compute_dtype()), kBytes, range, compute_dtype());
}

void RandomSaturationLayer::check() {
  AugmentationLayer::check();
  casts_at_inference_ = false;
  factor_ = factor_bounds(factor_, -1, 1);
  value_range_ = sorted_value_range(value_range_);
}

Values RandomSaturationLayer::drawn(const Tensor& images) {
  const auto range = bounds_of(factor_);
  const auto factor = uniform_each(images, range.low, range.high);
  return Values{{"factor", factor / (1.0F - factor + 1e-7)}};
}

Tensor RandomSaturationLayer::changed(const Tensor& images, const Values& draws) {
  const auto x = rgb_to_hsv(images);
  const auto by = spread_like(draws["factor"], x);
  return hsv_to_rgb(with_channel(x, 1, [&](const Tensor& s) { return clipped(s * by, value_range_); }));
}

void RandomSharpnessLayer::check() {
  AugmentationLayer::check();
  factor_ = factor_bounds(factor_, 0, 1);
  value_range_ = sorted_value_range(value_range_);
}

Values RandomSharpnessLayer::drawn(const Tensor& images) {
  const auto range = bounds_of(factor_);
  return Values{{"factor", uniform_each(images, range.low, range.high)}};
}

Tensor RandomSharpnessLayer::changed(const Tensor& images, const Values& draws) {
  constexpr double a = 1.0 / 13, b = 5.0 / 13;
  const auto kernel = ops::cast(Tensor::from<double>({9}, {a, a, a, a, b, a, a, a, a}), images.dtype());
  const auto by = spread_like(draws["factor"].tensor() * 2.0, images);
  return clipped(images + (1.0 - by) * (filtered(images, kernel, 3, 3) - images), value_range_);
}

RandomGrayscaleLayer::RandomGrayscaleLayer(double factor, const RandomGrayscaleOptions& o)
    : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format), factor_(factor) {
  check();
}

void RandomGrayscaleLayer::check() {
  AugmentationLayer::check();
  if (factor_ >= 0 && factor_ <= 1) return;
  throw ValueError("`factor` should be between 0 and 1. Received: factor=" + Config(factor_).dump());
}

Values RandomGrayscaleLayer::drawn(const Tensor& images) {
  return Values{{"should_apply", spread(ops::less(uniform_each(images, 0, 1), factor_))}};
}

// Of the images' dtype, as in Keras.
Tensor RandomGrayscaleLayer::transform_images(const Tensor& images, const Values& transformation, bool training) {
  if (!training) return images;
  const auto x = channels_first() ? to_channels_last(images) : images;
  const auto y = ops::where(spread(transformation["should_apply"]), grayscale(x), x);
  return channels_first() ? to_channels_first(y) : y;
}

RandomGaussianBlurLayer::RandomGaussianBlurLayer(const RandomGaussianBlurOptions& o)
    : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format),
      factor_(o.factor),
      sigma_(o.sigma),
      value_range_(o.value_range),
      kernel_size_(o.kernel_size) {
  check();
}

void RandomGaussianBlurLayer::check() {
  AugmentationLayer::check();
  factor_ = factor_bounds(factor_, 0, 1);
  sigma_ = factor_bounds(sigma_, 0, 1, "sigma");
  value_range_of(value_range_);
  if (kernel_size_.size() == 1) kernel_size_.push_back(kernel_size_[0]);
  constexpr std::int64_t kMost = 1 << 15;
  if (kernel_size_.size() != 2) {
    throw ValueError("The `kernel_size` argument should be a number (or a list of two numbers) Received: kernel_size=" +
                     tuple_text(Config(kernel_size_)));
  }
  for (const auto size : kernel_size_) {
    if (size % 2 != 0 && size > 0 && size < kMost) continue;
    throw ValueError("kernel_size must be an odd number. Received: kernel_size=" + tuple_text(Config(kernel_size_)));
  }
}

Values RandomGaussianBlurLayer::drawn(const Tensor& images) {
  const auto range = bounds_of(sigma_);
  return Values{
      {"should_apply_blur", chosen(images, factor_)},
      {"blur_factor", uniform(Tensor::from<std::int32_t>({1}, {2}), range.low, range.high, compute_dtype()) + 1e-6}};
}

Tensor RandomGaussianBlurLayer::changed(const Tensor& images, const Values& draws) {
  const auto sigma = ops::unstack(ops::cast(draws["blur_factor"], images.dtype()));
  const auto line = [&](std::size_t i) {
    const auto size = kernel_size_[i];
    const auto x = ops::range(0, size, 1, images.dtype()) - static_cast<double>(size - 1) / 2;
    const auto k = ops::exp(ops::square(x / sigma[i]) * -0.5);
    return k / ops::reduce_sum(k);
  };
  // As Keras has it: columns of the second size times rows of the first, read as a kernel of the first by the second.
  const auto kernel = ops::expand_dims(line(1), 1) * ops::expand_dims(line(0), 0);
  const auto blurred = filtered(images, kernel, kernel_size_[0], kernel_size_[1]);
  return clipped(ops::where(spread(draws["should_apply_blur"]), blurred, images), value_range_);
}

}  // namespace hornbeam

HB_REGISTER(layer_color_augmentation) {
  using namespace hornbeam;
  register_builtin<RandomColorDegenerationLayer>();
  register_builtin<RandomHueLayer>();
  register_builtin<RandomInvertLayer>();
  register_builtin<RandomPosterizationLayer>();
  register_builtin<RandomSaturationLayer>();
  register_builtin<RandomSharpnessLayer>();
  register_builtin<RandomGrayscaleLayer>();
  register_builtin<RandomGaussianBlurLayer>();
}
