#include "hornbeam/layers/random_image.hpp"

#include <cmath>

#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "hornbeam/ops_image.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/image/bounding_boxes.h"
#include "keras/layers/image/draws.h"
#include "keras/layers/image/factor.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"
#include "keras/layers/tuple_text.h"

namespace hornbeam {

namespace {

// tf.random.Generator in the object graph: neither a list nor a dict.
class GeneratorObject final : public Trackable {};

}  // namespace

void RandomImageLayer::check() {
  AugmentationLayer::check();
  autocast_ = false;
  target_ = current_target();
  // tf.keras 2.2 keeps the state of its generator in checkpoints, but among no layer's weights.
  if (target_ != Target::tf22 || class_name() == "RandomContrast" || find_edge("_rng")) return;
  const auto generator = std::make_shared<GeneratorObject>();
  generator->add_edge("_state_var", std::make_shared<VariableNode>(
                                        "Variable", Tensor::from<std::int64_t>({3}, {0, 0, seed_.value_or(0)}), false));
  add_edge("_rng", generator);
}

Tensor RandomImageLayer::draw(const Tensor& images, double low, double high, bool one_for_all) const {
  const auto shape = one_for_all ? Tensor::from<std::int32_t>({1}, {1}) : ops::slice(ops::shape(images), {0}, {1});
  return ops::random_uniform(shape, DType::float32, seed_.value_or(0)) * (high - low) + low;
}

void RandomFlipLayer::check() {
  RandomImageLayer::check();
  if (mode_ == "horizontal" || mode_ == "vertical" || mode_ == "horizontal_and_vertical") return;
  throw ValueError("RandomFlip layer " + name() + " received an unknown mode argument " + mode_);
}

// Keras 3 turns an image in both directions, or in none; tf.keras draws for each.
Values RandomFlipLayer::drawn(const Tensor& images) {
  const auto at_even_odds = [&] { return spread(ops::less_equal(draw(images, 0, 1), 0.5)); };
  if (target_ == Target::keras3) return Values{{"flips", at_even_odds()}};
  Values::Dict draws;
  if (mode_ != "vertical") draws.emplace("horizontal", at_even_odds());
  if (mode_ != "horizontal") draws.emplace("vertical", at_even_odds());
  return Values(std::move(draws));
}

namespace {

// Whether each image is mirrored along a direction.
const Tensor& mirrored(const Values& draws, const char* direction) {
  return draws.dict().contains("flips") ? draws["flips"].tensor() : draws[direction].tensor();
}

}  // namespace

Tensor RandomFlipLayer::changed(const Tensor& images, const Values& draws) {
  auto x = images;
  if (mode_ != "vertical") x = ops::where(spread(mirrored(draws, "horizontal")), ops::reverse(x, {2}), x);
  if (mode_ != "horizontal") x = ops::where(spread(mirrored(draws, "vertical")), ops::reverse(x, {1}), x);
  return x;
}

Tensor RandomFlipLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training) {
  return transform_images(masks, transformation, training);
}

Values RandomFlipLayer::transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training) {
  if (!training) return boxes;
  const auto [height, width] = size_in(transformation);
  const auto& format = bounding_box_format_.value();
  auto b = convert_boxes(boxes["boxes"], format, "rel_xyxy", height, width);
  const auto turned = [&](const char* direction, std::size_t at) {
    auto p = ops::split(b, 4, -1);
    const auto first = p[at];
    p[at] = 1.0F - p[at + 2];
    p[at + 2] = 1.0F - first;
    const auto flips = ops::reshape(mirrored(transformation, direction), {None, 1, 1});
    b = ops::where(flips, ops::concat(p, -1), b);
  };
  if (mode_ != "vertical") turned("horizontal", 0);
  if (mode_ != "horizontal") turned("vertical", 1);
  // Shares of the image cut as if they were pixels, as in Keras.
  const auto clipped = clip_boxes(b, boxes["labels"], height, width);
  return Values{{"boxes", convert_boxes(clipped["boxes"], "rel_xyxy", format, height, width)},
                {"labels", clipped["labels"]}};
}

RandomContrastLayer::RandomContrastLayer(Config factor, const RandomImageOptions& options)
    : RandomImageLayer(options), factor_(std::move(factor)) {
  check();
}
RandomContrastLayer::RandomContrastLayer(Config factor, Config value_range, const RandomImageOptions& options)
    : RandomImageLayer(options), factor_(std::move(factor)), value_range_(std::move(value_range)) {
  check();
}

void RandomContrastLayer::check() {
  RandomImageLayer::check();
  factor_range(value_range_, "value_range");
  if (target_ == Target::keras3) {
    // A number f stands for [0, f] there, and for [f, f] in tf.keras. A lower bound may be negative.
    factor_ = factor_bounds(factor_, 0, 1);
    return;
  }
  auto range = factor_range(factor_, "factor");
  if (!factor_.is_list()) range.low = range.high;
  if (range.low < 0 || range.high < 0 || range.low > 1) {
    throw ValueError("Factor cannot have negative values, got " + tuple_text(factor_) +
                     ": the lower bound is at most 1.");
  }
}

Values RandomContrastLayer::drawn(const Tensor& images) {
  auto range = factor_range(factor_, "factor");
  if (!factor_.is_list()) range.low = range.high;
  const bool one_for_all = target_ != Target::keras3;
  return Values{{"contrast_factor", spread(draw(images, 1.0 - range.low, 1.0 + range.high, one_for_all))}};
}

Tensor RandomContrastLayer::changed(const Tensor& images, const Values& draws) {
  const auto by = spread_like(draws["contrast_factor"], images);
  const auto mean = ops::reduce_mean(images, std::vector<std::int64_t>{1, 2}, /*keepdims=*/true);
  const auto values = factor_range(value_range_, "value_range");
  const auto changed = (images - mean) * by + mean;
  return target_ == Target::tf22 ? changed : ops::clip_by_value(changed, values.low, values.high);
}

RandomBrightnessLayer::RandomBrightnessLayer(Config factor, Config value_range, const RandomImageOptions& options)
    : RandomImageLayer(options), factor_(std::move(factor)), value_range_(std::move(value_range)) {
  check();
}

void RandomBrightnessLayer::check() {
  RandomImageLayer::check();
  const auto refuse = [this](const Config& what) {
    if (target_ == Target::keras3) factor_bounds(factor_, -1, 1);  // its words
    throw ValueError(
        "The `factor` argument should be a number (or a list of two numbers) in the range [-1.0, 1.0]. Got " +
        tuple_text(what));
  };
  const bool pair = factor_.is_list() && factor_.size() == 2;
  if (!pair && !is_number(factor_)) refuse(factor_);
  for (const auto& bound : pair ? factor_.as_list() : Config::List{factor_}) {
    if (!is_number(bound) || !(std::abs(bound.as_double()) <= 1)) refuse(bound);
  }
  auto range = factor_range(factor_, "factor");
  if (range.low > range.high) std::swap(range.low, range.high);
  // Keras keeps the bounds, sorted.
  if (!factor_.is_list()) factor_ = Config(std::vector<double>{range.low, range.high});
  if (!value_range_.is_list() || value_range_.size() != 2) {
    throw ValueError("The `value_range` argument should be a list of two numbers. Got " + tuple_text(value_range_));
  }
  if (value_range_.at(std::size_t{0}).as_double() > value_range_.at(std::size_t{1}).as_double()) {
    auto sorted = Config::list();
    sorted.push_back(value_range_.at(std::size_t{1}));
    sorted.push_back(value_range_.at(std::size_t{0}));
    value_range_ = sorted;
  }
}

Values RandomBrightnessLayer::drawn(const Tensor& images) {
  const auto range = factor_range(factor_, "factor"), values = factor_range(value_range_, "value_range");
  return Values{{"rgb_delta", spread(draw(images, range.low, range.high) * (values.high - values.low))}};
}

Tensor RandomBrightnessLayer::changed(const Tensor& images, const Values& draws) {
  const auto values = factor_range(value_range_, "value_range");
  return ops::clip_by_value(images + spread_like(draws["rgb_delta"], images), values.low, values.high);
}

RandomSizeLayer::RandomSizeLayer(bool height, Config factor, const RandomSizeOptions& options)
    : RandomImageLayer(RandomImageOptions{.seed = options.seed,
                                          .name = options.name,
                                          .dtype = options.dtype,
                                          .trainable = options.trainable,
                                          .input_shape = options.input_shape,
                                          .batch_input_shape = options.batch_input_shape}),
      height_(height),
      factor_(std::move(factor)),
      interpolation_(options.interpolation) {
  check();
}

void RandomSizeLayer::check() {
  RandomImageLayer::check();
  const auto range = factor_range(factor_, "factor");
  if (range.high < range.low) {
    throw ValueError("`factor` argument cannot have an upper bound " + std::string(height_ ? "lesser" : "less") +
                     " than the lower bound. Received: factor=" + tuple_text(factor_));
  }
  if (range.low < -1) {
    throw ValueError("`factor` argument must have values larger than -1. Received: factor=" + tuple_text(factor_));
  }
  interpolation_ = checked_interpolation(interpolation_);
}

Values RandomSizeLayer::drawn(const Tensor& images) {
  const auto range = factor_range(factor_, "factor");
  return Values{{"factor", draw(images, 1.0 + range.low, 1.0 + range.high, /*one_for_all=*/true)}};
}

Tensor RandomSizeLayer::changed(const Tensor& images, const Values& draws) {
  const auto size = image_size(images);
  const auto by = ops::reshape(draws["factor"], Shape{});
  const auto scaled = [&](const ImageDim& dim) {
    return ops::maximum(ops::cast(by * ops::cast(dim.tensor(), DType::float32), DType::int32), Tensor::scalar(1));
  };
  const auto target = height_ ? ops::stack({scaled(size.height), size.width.tensor()})
                              : ops::stack({size.height.tensor(), scaled(size.width)});
  return ops::resize(images, target, interpolation_);
}

RandomCropLayer::RandomCropLayer(std::int64_t height, std::int64_t width, const RandomImageOptions& options)
    : RandomImageLayer(options), height_(height), width_(width) {
  check();
}

void RandomCropLayer::check() {
  RandomImageLayer::check();
  check_image_size(height_, width_);
}

// tf.keras 2.2 resizes to the shorter side and crops then; later ones crop and resize.
Tensor RandomCropLayer::unchanged(const Tensor& x) const {
  if (target_ != Target::tf22) return smart_resize(x, height_, width_);
  const auto size = image_size(x);
  if (!size.known()) {
    throw ValueError("RandomCrop needs images of a known height and width. Received: " + x.shape().to_string());
  }
  const auto h = size.height.value(), w = size.width.value();
  const bool tall = h > w;
  const auto share = [](std::int64_t a, std::int64_t b, std::int64_t c) {
    return static_cast<std::int64_t>(static_cast<double>(a * b) / static_cast<double>(c));
  };
  const auto resized = ops::resize(x, tall ? share(width_, h, w) : height_, tall ? width_ : share(height_, w, h));
  return center_window(resized, height_, width_);
}

Tensor RandomCropLayer::transform_images(const Tensor& images, const Values& transformation, bool training) {
  if (training) return RandomImageLayer::transform_images(images, transformation, training);
  const auto given = ops::cast(images, compute_dtype());
  if (target_ == Target::keras3) return given;  // as Keras 3 does
  return ops::cast(unchanged(given), compute_dtype());
}

// As far as they are cut.
Tensor RandomCropLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training) {
  return training ? transform_images(masks, transformation, training) : masks;
}

// The window's corner, anywhere in the image; nothing where the image is smaller.
Values RandomCropLayer::drawn(const Tensor& given) {
  const auto x = channels_first() ? to_channels_last(given) : given;
  const auto size = image_size(x);
  if (!size.known()) {
    throw ValueError("RandomCrop requires the input to have a fully defined height and width. Received: images.shape=" +
                     x.shape().to_string());
  }
  const auto h = size.height.value(), w = size.width.value();
  if (h < height_ || w < width_) return {};
  const auto start = [&](std::int64_t room) {
    const auto at = ops::cast(draw(x, 0, static_cast<double>(room + 1), /*one_for_all=*/true), DType::int32);
    return ops::minimum(ops::reshape(at, Shape{}), Tensor::scalar(static_cast<std::int32_t>(room)));
  };
  const auto top = start(h - height_);
  return Values{{"h_start", top}, {"w_start", start(w - width_)}};
}

Tensor RandomCropLayer::changed(const Tensor& x, const Values& draws) {
  if (draws.is_none()) return ops::cast(smart_resize(x, height_, width_), x.dtype());
  auto shape = x.shape();
  shape[1] = height_;
  shape[2] = width_;
  const auto window =
      image_window(x, ImageDim(draws["h_start"].tensor()), ImageDim(draws["w_start"].tensor()), {height_, width_});
  return ops::ensure_shape(window, shape);
}

}  // namespace hornbeam

HB_REGISTER(layer_random_image) {
  using namespace hornbeam;
  register_builtin<RandomFlipLayer>();
  register_builtin<RandomContrastLayer>();
  register_builtin<RandomBrightnessLayer>();
  register_builtin<RandomCropLayer>();
  register_builtin<RandomHeightLayer>();
  register_builtin<RandomWidthLayer>();
}
