// RandomTranslation, RandomRotation, RandomZoom.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "hornbeam/layers/random_image.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_image.hpp"
#include "keras/layers/image/bounding_boxes.h"
#include "keras/layers/image/factor.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"
#include "keras/layers/tuple_text.h"

namespace hornbeam {

RandomTransformLayer::RandomTransformLayer(const RandomTransformOptions& o)
    : RandomImageLayer(RandomImageOptions{.seed = o.seed,
                                          .data_format = o.data_format,
                                          .bounding_box_format = o.bounding_box_format,
                                          .name = o.name,
                                          .dtype = o.dtype,
                                          .trainable = o.trainable,
                                          .input_shape = o.input_shape,
                                          .batch_input_shape = o.batch_input_shape}),
      fill_mode_(o.fill_mode),
      interpolation_(o.interpolation),
      fill_value_(o.fill_value) {}

void RandomTransformLayer::check() {
  RandomImageLayer::check();
  if (fill_mode_ != "reflect" && fill_mode_ != "wrap" && fill_mode_ != "constant" && fill_mode_ != "nearest") {
    throw NotImplementedError("Unknown `fill_mode` " + fill_mode_ +
                              (target_ == Target::keras3
                                   ? ". Expected of one ('reflect', 'wrap', 'constant', 'nearest')."
                                   : ". Only `reflect`, `wrap`, `constant` and `nearest` are supported."));
  }
  if (interpolation_ != "nearest" && interpolation_ != "bilinear") {
    throw NotImplementedError("Unknown `interpolation` " + interpolation_ +
                              (target_ == Target::keras3 ? ". Expected of one ('nearest', 'bilinear')."
                                                         : ". Only `nearest` and `bilinear` are supported."));
  }
}

Tensor RandomTransformLayer::moved(const Tensor& images, const Values& draws, const std::string& interpolation) {
  const auto size = image_size(images);
  const auto height = ops::cast(size.height.tensor(), DType::float32);
  const auto width = ops::cast(size.width.tensor(), DType::float32);
  const auto target = ops::stack({size.height.tensor(), size.width.tensor()});
  const auto result = ops::projective_transform(images, transforms(draws, height, width), target, interpolation,
                                                fill_mode_, fill_value_);
  return ops::ensure_shape(result, images.shape());
}

Tensor RandomTransformLayer::changed(const Tensor& images, const Values& draws) {
  return moved(images, draws, interpolation_);
}

Tensor RandomTransformLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation,
                                                          bool training) {
  if (!training) return masks;
  if (!channels_first()) return moved(masks, transformation, "nearest");
  return to_channels_first(moved(to_channels_last(masks), transformation, "nearest"));
}

namespace {

// Rows of eight, of vectors of [batch] and numbers.
Tensor rows_of(const Tensor& like, std::initializer_list<Tensor> columns) {
  std::vector<Tensor> list;
  const auto zeros = ops::zeros_like(like);
  for (const auto& column : columns) list.push_back(column.rank() == 0 ? zeros + column : column);
  return ops::stack(list, 1);
}

Tensor number(double v) { return Tensor::scalar(static_cast<float>(v)); }

}  // namespace

RandomTranslationLayer::RandomTranslationLayer(Config height_factor, Config width_factor,
                                               const RandomTransformOptions& options)
    : RandomTransformLayer(options), height_factor_(std::move(height_factor)), width_factor_(std::move(width_factor)) {
  check();
}

void RandomTranslationLayer::check() {
  RandomTransformLayer::check();
  checked_factor(height_factor_, "height_factor");
  checked_factor(width_factor_, "width_factor");
}

Values RandomTranslationLayer::drawn(const Tensor& images) {
  auto v = factor_range(height_factor_, "height_factor"), h = factor_range(width_factor_, "width_factor");
  if (target_ == Target::tf22) {  // bounds are how far, in either direction
    v.low = -std::abs(v.low);
    h.low = -std::abs(h.low);
  }
  const auto [height, width] = size_of_images(images);
  const auto down = draw(images, v.low, v.high) * height;
  return Values{{"translations", ops::stack({draw(images, h.low, h.high) * width, down}, 1)}};
}

Tensor RandomTranslationLayer::transforms(const Values& draws, const Tensor&, const Tensor&) {
  const auto by = ops::unstack(draws["translations"], 1);
  const auto &right = by[0], &down = by[1];
  return rows_of(down, {number(1), number(0), -right, number(0), number(1), -down, number(0), number(0)});
}

RandomRotationLayer::RandomRotationLayer(Config factor, const RandomTransformOptions& options)
    : RandomTransformLayer(options), factor_(std::move(factor)) {
  check();
}

void RandomRotationLayer::check() {
  RandomTransformLayer::check();
  const auto range = factor_range(factor_, "factor");
  if (range.high < range.low) {
    throw ValueError("`factor` argument cannot have a negative value. Received: factor=" + tuple_text(factor_));
  }
}

Values RandomRotationLayer::drawn(const Tensor& images) {
  auto range = factor_range(factor_, "factor");
  if (target_ == Target::tf22 && !factor_.is_list()) range.low = range.high;  // of a number both bounds
  // In degrees, as Keras 3 has them.
  return Values{{"angle", draw(images, range.low * 360, range.high * 360)}};
}

Tensor RandomRotationLayer::transforms(const Values& draws, const Tensor& height, const Tensor& width) {
  const auto angle = draws["angle"].tensor() * (std::numbers::pi / 180);
  const auto cos = ops::cos(angle), sin = ops::sin(angle);
  const auto w = width - 1.0F, h = height - 1.0F;
  // About the middle.
  const auto x = (w - (cos * w - sin * h)) / 2.0F, y = (h - (sin * w + cos * h)) / 2.0F;
  return rows_of(angle, {cos, -sin, x, sin, cos, y, number(0), number(0)});
}

RandomZoomLayer::RandomZoomLayer(Config height_factor, Config width_factor, const RandomTransformOptions& options)
    : RandomTransformLayer(options), height_factor_(std::move(height_factor)), width_factor_(std::move(width_factor)) {
  check();
}

void RandomZoomLayer::check() {
  RandomTransformLayer::check();
  const auto v = factor_range(height_factor_, "height_factor");
  if (std::max(v.low, v.high) > 1 || std::min(v.low, v.high) < -1) {
    throw ValueError("`height_factor` argument must have values between [-1, 1]. Received: height_factor=" +
                     tuple_text(height_factor_));
  }
  if (width_factor_.is_null()) return;
  const auto h = factor_range(width_factor_, "width_factor");
  if (h.low < -1 || h.high < -1) {
    throw ValueError("`width_factor` argument must have values larger than -1. Received: width_factor=" +
                     tuple_text(width_factor_));
  }
}

Values RandomZoomLayer::drawn(const Tensor& images) {
  const auto v = factor_range(height_factor_, "height_factor");
  const auto zoom_y = draw(images, 1 + v.low, 1 + v.high);
  auto zoom_x = zoom_y;
  if (!width_factor_.is_null()) {
    const auto h = factor_range(width_factor_, "width_factor");
    zoom_x = draw(images, 1 + h.low, 1 + h.high);
  }
  return Values{{"height_zoom", zoom_y}, {"width_zoom", zoom_x}};
}

Tensor RandomZoomLayer::transforms(const Values& draws, const Tensor& height, const Tensor& width) {
  const auto zoom_y = ops::reshape(draws["height_zoom"], {None}), zoom_x = ops::reshape(draws["width_zoom"], {None});
  const auto x = (width - 1.0F) / 2.0F * (1.0F - zoom_x), y = (height - 1.0F) / 2.0F * (1.0F - zoom_y);
  return rows_of(zoom_y, {zoom_x, number(0), x, number(0), zoom_y, y, number(0), number(0)});
}

namespace {

// Boxes [batch, boxes, 4] of pixels brought into the image, in the layer's format.
Values within_image(const Tensor& xyxy, const Values& boxes, const std::string& format, const Tensor& height,
                    const Tensor& width) {
  const auto clipped = clip_boxes(xyxy, boxes["labels"], height, width);
  return Values{{"boxes", convert_boxes(clipped["boxes"], "xyxy", format, height, width)},
                {"labels", clipped["labels"]}};
}
// [batch] or [batch, 1] as [batch, 1, 1].
Tensor for_boxes(const Tensor& numbers) { return ops::reshape(numbers, {None, 1, 1}); }

}  // namespace

Values RandomTranslationLayer::transform_bounding_boxes(const Values& boxes, const Values& transformation,
                                                        bool training) {
  if (!training) return boxes;
  const auto [height, width] = size_in(transformation);
  const auto& format = bounding_box_format_.value();
  const auto by = ops::unstack(transformation["translations"], 1);
  const auto moved_by = ops::stack({by[0], by[1], by[0], by[1]}, 1);
  const auto xyxy = convert_boxes(boxes["boxes"], format, "xyxy", height, width) + ops::expand_dims(moved_by, 1);
  return within_image(xyxy, boxes, format, height, width);
}

// Boxes are taken for "xyxy" whatever the format, as in Keras.
Values RandomRotationLayer::transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training) {
  if (!training) return boxes;
  const auto [height, width] = size_in(transformation);
  const auto angle = for_boxes(transformation["angle"].tensor() * (-std::numbers::pi / 180));
  const auto cos = ops::cos(angle), sin = ops::sin(angle);
  const auto cx = (width - 1.0F) * 0.5F, cy = (height - 1.0F) * 0.5F;
  const auto p = ops::split(ops::cast(boxes["boxes"], DType::float32), 4, -1);
  std::vector<Tensor> xs, ys;
  for (const auto& [i, j] : {std::pair{0, 1}, {2, 1}, {2, 3}, {0, 3}}) {
    const auto x = p[static_cast<std::size_t>(i)] - cx, y = p[static_cast<std::size_t>(j)] - cy;
    xs.push_back(cos * x - sin * y + cx);
    ys.push_back(sin * x + cos * y + cy);
  }
  const auto x = ops::concat(xs, -1), y = ops::concat(ys, -1);
  const auto around =
      ops::stack({ops::reduce_min(x, -1), ops::reduce_min(y, -1), ops::reduce_max(x, -1), ops::reduce_max(y, -1)}, -1);
  return within_image(around, boxes, bounding_box_format_.value(), height, width);
}

Values RandomZoomLayer::transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training) {
  if (!training) return boxes;
  const auto [height, width] = size_in(transformation);
  const auto& format = bounding_box_format_.value();
  const auto zoom_y = for_boxes(transformation["height_zoom"]), zoom_x = for_boxes(transformation["width_zoom"]);
  const auto left = (width - 1.0F) / 2.0F * (1.0F - zoom_x), top = (height - 1.0F) / 2.0F * (1.0F - zoom_y);
  const auto right = zoom_x * width + left, bottom = zoom_y * height + top;
  const auto p = ops::split(convert_boxes(boxes["boxes"], format, "xyxy", height, width), 4, -1);
  const auto seen = [](const Tensor& x, const Tensor& low, const Tensor& high) {
    return ops::minimum(ops::maximum(x, low), high) - low;
  };
  const auto window = ops::concat(
      {seen(p[0], left, right), seen(p[1], top, bottom), seen(p[2], left, right), seen(p[3], top, bottom)}, -1);
  const auto shares = convert_boxes(window, "xyxy", "rel_xyxy", bottom - top, right - left);
  const auto clipped = clip_boxes(shares, boxes["labels"], height, width, /*relative=*/true);
  return Values{{"boxes", convert_boxes(clipped["boxes"], "rel_xyxy", format, height, width)},
                {"labels", clipped["labels"]}};
}

}  // namespace hornbeam

HB_REGISTER(layer_random_transform) {
  using namespace hornbeam;
  register_builtin<RandomTranslationLayer>();
  register_builtin<RandomRotationLayer>();
  register_builtin<RandomZoomLayer>();
}
