// RandomElasticTransform: pixels read from places moved by smooth noise.
#include <algorithm>
#include <array>
#include <cmath>

#include "hornbeam/layers/geometric_augmentation.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/image/draws.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"

namespace hornbeam {

RandomElasticTransformLayer::RandomElasticTransformLayer(const RandomElasticTransformOptions& o)
    : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format),
      factor_(o.factor),
      scale_(o.scale),
      fill_value_(o.fill_value),
      value_range_(o.value_range),
      interpolation_(o.interpolation),
      fill_mode_(o.fill_mode) {
  check();
}

void RandomElasticTransformLayer::check() {
  AugmentationLayer::check();
  factor_ = factor_bounds(factor_, 0, 1);
  scale_ = factor_bounds(scale_, 0, 1, "scale");
  value_range_of(value_range_);
  if (!is_number(fill_value_)) {
    throw ValueError("The `fill_value` argument should be a number. Received: fill_value=" + fill_value_.dump());
  }
  if (interpolation_ != "nearest" && interpolation_ != "bilinear") {
    throw NotImplementedError("Unknown `interpolation` " + interpolation_ +
                              ". Expected of one ('nearest', 'bilinear').");
  }
  constexpr std::array<std::string_view, 5> kModes{"constant", "nearest", "wrap", "mirror", "reflect"};
  if (std::find(kModes.begin(), kModes.end(), fill_mode_) == kModes.end()) {
    throw NotImplementedError("Unknown `fill_mode` " + fill_mode_ +
                              ". Expected of one {'constant', 'nearest', 'wrap', 'mirror', 'reflect'}.");
  }
}

// The noise is the same along both dims, as in Keras.
Values RandomElasticTransformLayer::drawn(const Tensor& images) {
  const auto scale = bounds_of(scale_);
  if (scale.high == 0 || bounds_of(factor_).high == 0) return {};
  const auto apply = chosen(images, factor_);
  const auto strength = uniform(Tensor::from<std::int32_t>({0}, {}), scale.low, scale.high, compute_dtype());
  const auto size = ops::slice(ops::shape(images), {channels_first() ? 2 : 1}, {2});
  const auto noise = ops::random_normal(ops::concat({batch_dim(images), size}, 0), compute_dtype(), seed_.value_or(0));
  return Values{{"apply_transform", apply}, {"distortion_factor", strength}, {"noise", noise}};
}

namespace {

// Smoothed by a kernel of the size that Keras makes of sigma (6 sigma, rounded down and odd): one of the greatest size,
// with zeros beyond.
Tensor smoothed(const Tensor& noise, const Tensor& sigma, std::int64_t greatest) {
  const auto dtype = noise.dtype();
  const auto whole = ops::cast(ops::cast(sigma, DType::int32), dtype);
  // 6 n | 1, half of it: 3 n.
  const auto x = ops::range(0, greatest, 1, dtype) - static_cast<double>(greatest / 2);
  const auto weights = ops::where(ops::less_equal(ops::abs(x), whole * 3.0), ops::exp(ops::square(x / sigma) * -0.5),
                                  ops::scalar(dtype, 0.0));
  const auto line = weights / ops::reduce_sum(weights);
  const auto kernel = ops::expand_dims(line, 1) * ops::expand_dims(line, 0);
  const auto filter = ops::reshape(kernel, {greatest, greatest, 1, 1});
  return ops::squeeze(ops::depthwise_conv2d(ops::expand_dims(noise, -1), filter, {1, 1}, "SAME"), {-1});
}

struct Place {
  Tensor index, valid, weight;
};

// A place along a dim brought inside, as the mode says.
Place inside_image(const Tensor& index, const Tensor& weight, std::int64_t size, const std::string& mode) {
  const auto n = static_cast<std::int32_t>(size);
  const auto all = ops::ones_like(index);
  if (mode == "constant") {
    const auto valid = ops::logical_and(ops::greater_equal(index, 0), ops::less(index, n));
    return {ops::clip_by_value(index, 0, n - 1), ops::cast(valid, DType::int32), weight};
  }
  if (mode == "nearest") return {ops::clip_by_value(index, 0, n - 1), all, weight};
  if (mode == "wrap") return {ops::mod(index, n), all, weight};
  const auto turn = ops::mod(ops::abs(index), 2 * n);
  const auto under = ops::less(turn, n);
  return {ops::where(under, turn, 2 * n - 1 - turn), all, weight};
}

std::vector<Place> places(const Tensor& at, std::int64_t size, const std::string& mode, bool linear) {
  if (!linear) {
    return {inside_image(ops::cast(ops::round(at), DType::int32), ops::ones_like(at), size, mode)};
  }
  const auto lower = ops::floor(at), share = at - lower;
  const auto index = ops::cast(lower, DType::int32);
  return {inside_image(index, 1.0 - share, size, mode), inside_image(index + 1, share, size, mode)};
}

}  // namespace

Tensor RandomElasticTransformLayer::moved(const Tensor& images, const Values& draws,
                                          const std::string& interpolation) const {
  const auto height = images.shape()[1], width = images.shape()[2];
  if (height < 1 || width < 1) {
    throw ValueError("RandomElasticTransform needs images of a known height and width. Received: " +
                     images.shape().to_string());
  }
  if (fill_mode_ == "mirror") {  // which the layer takes, and the transform does not
    throw ValueError(
        "Invalid value for argument `fill_mode`. Expected of one ('constant', 'nearest', 'wrap', 'reflect'). Received: "
        "fill_mode=mirror");
  }
  const auto dtype = images.dtype();
  const auto strength = ops::cast(draws["distortion_factor"], dtype);
  const auto sides = std::minmax(height, width);
  const auto alpha = strength * 0.1 * static_cast<double>(sides.second);
  const auto sigma = strength * 0.05 * static_cast<double>(sides.first);
  const double most = 0.05 * bounds_of(scale_).high * static_cast<double>(sides.first);
  const auto greatest = 6 * static_cast<std::int64_t>(most * (1 + 1e-6)) + 1;
  const auto by = smoothed(ops::cast(draws["noise"], dtype) * sigma, sigma, greatest) * alpha;

  const auto row = ops::reshape(ops::range(0, height, 1, dtype), {1, height, 1});
  const auto column = ops::reshape(ops::range(0, width, 1, dtype), {1, 1, width});
  const bool linear = interpolation == "bilinear";
  const auto batch = ops::reshape(batch_dim(images), Shape{});
  const auto image =
      ops::reshape(ops::range(Tensor::scalar(std::int32_t{0}), batch, Tensor::scalar(std::int32_t{1})), {None, 1, 1});
  Tensor sum;
  for (const auto& y : places(row + by, height, fill_mode_, linear)) {
    for (const auto& x : places(column + by, width, fill_mode_, linear)) {
      const auto indices = ops::stack({image + ops::zeros_like(y.index), y.index, x.index}, -1);
      auto pixels = ops::gather_nd(images, indices);
      if (fill_mode_ == "constant") {
        const auto valid = ops::greater(ops::expand_dims(y.valid * x.valid, -1), 0);
        pixels = ops::where(valid, pixels, ops::scalar(dtype, fill_value_.as_double()));
      }
      const auto part = ops::expand_dims(y.weight * x.weight, -1) * pixels;
      sum = sum.defined() ? sum + part : part;
    }
  }
  const auto range = value_range_of(value_range_);
  const auto y = ops::where(spread(draws["apply_transform"]), sum, images);
  return ops::ensure_shape(ops::clip_by_value(y, range.low, range.high), images.shape());
}

Tensor RandomElasticTransformLayer::changed(const Tensor& images, const Values& draws) {
  return draws.is_none() ? images : moved(images, draws, interpolation_);
}

Tensor RandomElasticTransformLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation,
                                                                 bool training) {
  if (!training || transformation.is_none()) return masks;
  const auto x = ops::cast(masks, compute_dtype());
  if (!channels_first()) return moved(x, transformation, "nearest");
  return to_channels_first(moved(to_channels_last(x), transformation, "nearest"));
}

}  // namespace hornbeam

HB_REGISTER(layer_elastic) { hornbeam::register_builtin<hornbeam::RandomElasticTransformLayer>(); }
