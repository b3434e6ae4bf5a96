// RandomShear, RandomPerspective.
#include "hornbeam/layers/geometric_augmentation.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_image.hpp"
#include "keras/layers/image/bounding_boxes.h"
#include "keras/layers/image/draws.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"
#include "keras/layers/tuple_text.h"
#include "ops/op_def.h"

namespace hornbeam {

RandomShearLayer::RandomShearLayer(const RandomShearOptions& o)
    : RandomTransformLayer(RandomTransformOptions{.fill_mode = o.fill_mode,
                                                  .interpolation = o.interpolation,
                                                  .seed = o.seed,
                                                  .fill_value = o.fill_value,
                                                  .data_format = o.data_format,
                                                  .bounding_box_format = o.bounding_box_format,
                                                  .name = o.name,
                                                  .dtype = o.dtype,
                                                  .trainable = o.trainable,
                                                  .input_shape = o.input_shape,
                                                  .batch_input_shape = o.batch_input_shape}),
      x_factor_(o.x_factor),
      y_factor_(o.y_factor) {
  check();
}

namespace {

// A number f stands for [-f, f]: a pair as Keras writes it itself may have a negative bound, though Keras would not
// take it back.
Config shear_factor(const Config& factor, const char* name) {
  constexpr const char* kError =
      "The `factor` argument should be a number (or a list of two numbers) in the range [0, 1.0]. ";
  const auto within = [&](const Config& number, double least) {
    if (number.as_double() <= 1 && number.as_double() >= least) return;
    throw ValueError(kError + ("Received: input_number=" + number.dump()));
  };
  if (is_number(factor)) {
    within(factor, 0);
    if (factor.is_int()) return Config(Config::List{Config(-factor.as_int()), factor});
    return Config(Config::List{Config(-factor.as_double()), factor});
  }
  if (!factor.is_list() || factor.size() != 2 || !is_number(factor.at(std::size_t{0})) ||
      !is_number(factor.at(std::size_t{1}))) {
    throw ValueError(kError + ("Received: " + std::string(name) + "=" + tuple_text(factor)));
  }
  const auto low = factor.at(std::size_t{0}).as_double(), high = factor.at(std::size_t{1}).as_double();
  const bool written = low == -high;
  for (const auto& bound : factor.as_list()) within(bound, written ? -1 : 0);
  return factor_bounds(factor, -1, 1);
}

// Where points come from, of one coordinate for each box [batch, boxes].
Tensor moved_by(const Tensor& x, const Tensor& by, const Tensor& other) { return x - by * other; }

}  // namespace

void RandomShearLayer::check() {
  RandomTransformLayer::check();
  x_factor_ = shear_factor(x_factor_, "x_factor");
  y_factor_ = shear_factor(y_factor_, "y_factor");
}

Values RandomShearLayer::drawn(const Tensor& images) {
  const auto x = bounds_of(x_factor_), y = bounds_of(y_factor_);
  const auto way = uniform_each(images, 0, 1, compute_dtype());
  const auto sign = ops::where(ops::greater(way, 0.5), ops::scalar(way.dtype(), -1.0), ops::scalar(way.dtype(), 1.0));
  const auto by_y = uniform_each(images, y.low, y.high, compute_dtype());
  const auto by_x = uniform_each(images, x.low, x.high, compute_dtype());
  return Values{{"shear_factor", ops::stack({by_x * sign, by_y * sign}, 1)}};
}

Tensor RandomShearLayer::transforms(const Values& draws, const Tensor&, const Tensor&) {
  const auto by = ops::unstack(ops::cast(draws["shear_factor"], DType::float32), 1);
  const auto zero = ops::zeros_like(by[0]), one = ops::ones_like(by[0]);
  return ops::stack({one, by[0], zero, by[1], one, zero, zero, zero}, 1);
}

Values RandomShearLayer::transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training) {
  if (!training) return boxes;
  const auto [height, width] = size_in(transformation);
  const auto& format = bounding_box_format_.value();
  const auto p = ops::unstack(convert_boxes(boxes["boxes"], format, "rel_xyxy", height, width), -1);
  const auto by = ops::split(ops::cast(transformation["shear_factor"], DType::float32), 2, -1);
  const auto &by_x = by[0], &by_y = by[1];
  // Each edge goes with the corner that is further out.
  const auto backward = ops::less(by_x, 0.0F), downward = ops::greater(by_y, 0.0F);
  const auto x1 = ops::where(backward, moved_by(p[0], by_x, p[1]), moved_by(p[0], by_x, p[3]));
  const auto x2 = ops::where(backward, moved_by(p[2], by_x, p[3]), moved_by(p[2], by_x, p[1]));
  const auto y1 = ops::where(downward, moved_by(p[1], by_y, x2), moved_by(p[1], by_y, x1));
  const auto y2 = ops::where(downward, moved_by(p[3], by_y, x1), moved_by(p[3], by_y, x2));
  const auto clipped = clip_boxes(ops::stack({x1, y1, x2, y2}, -1), boxes["labels"], height, width, /*relative=*/true);
  return Values{{"boxes", convert_boxes(clipped["boxes"], "rel_xyxy", format, height, width)},
                {"labels", clipped["labels"]}};
}

RandomPerspectiveLayer::RandomPerspectiveLayer(const RandomPerspectiveOptions& o)
    : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format),
      factor_(o.factor),
      scale_(o.scale),
      fill_value_(o.fill_value),
      interpolation_(o.interpolation) {
  check();
}

void RandomPerspectiveLayer::check() {
  AugmentationLayer::check();
  factor_ = factor_bounds(factor_, 0, 1);
  if (!is_number(scale_) || !(scale_.as_double() >= 0 && scale_.as_double() <= 1)) {
    throw ValueError("The `scale` argument should be a number in the range [0,1]. Received: scale=" + scale_.dump());
  }
  if (!is_number(fill_value_)) {
    throw ValueError("The `fill_value` argument should be a number. Received: fill_value=" + fill_value_.dump());
  }
  if (interpolation_ != "nearest" && interpolation_ != "bilinear") {
    throw NotImplementedError("Unknown `interpolation` " + interpolation_ +
                              ". Expected of one ('nearest', 'bilinear').");
  }
}

Values RandomPerspectiveLayer::drawn(const Tensor& images) {
  const auto apply = chosen(images, factor_);
  const double most = 0.5 * scale_.as_double();
  const auto shape = ops::concat({batch_dim(images), Tensor::from<std::int32_t>({2}, {4, 2})}, 0);
  const auto factor = uniform(shape, -most, most, compute_dtype());
  const auto [height, width] = size_of_images(images);
  const auto bottom = height - 1.0F, right = width - 1.0F, zero = Tensor::scalar(0.0F);
  const auto corners = ops::reshape(ops::stack({zero, zero, right, zero, zero, bottom, right, bottom}), {1, 4, 2});
  const auto start = ops::cast(corners, compute_dtype()) * ops::ones_like(factor);
  return Values{{"apply_perspective", apply}, {"start_points", start}, {"end_points", start + start * factor}};
}

namespace {

// The projection [batch, 8] that takes the end points [batch, 4, 2] to the start points.
Tensor homography(const Tensor& start_points, const Tensor& end_points) {
  const auto start = ops::cast(start_points, DType::float32), end = ops::cast(end_points, DType::float32);
  const auto coordinates = [](const Tensor& points) { return ops::unstack(points, 2); };  // [batch, 4] each
  const auto s = coordinates(start), e = coordinates(end);
  const auto one = ops::ones_like(e[0]), zero = ops::zeros_like(e[0]);
  const auto x_rows = ops::stack({e[0], e[1], one, zero, zero, zero, -s[0] * e[0], -s[0] * e[1]}, -1);
  const auto y_rows = ops::stack({zero, zero, zero, e[0], e[1], one, -s[1] * e[0], -s[1] * e[1]}, -1);
  // The rows of x and y by turns.
  const auto matrix = ops::reshape(ops::stack({x_rows, y_rows}, 2), {None, 8, 8});
  const auto wanted = ops::reshape(start, {None, 8, 1});
  return ops::reshape(call_op1("MatrixSolve", {matrix, wanted}), {None, 8});
}

}  // namespace

Tensor RandomPerspectiveLayer::moved(const Tensor& images, const Values& draws,
                                     const std::string& interpolation) const {
  const auto size = image_size(images);
  const auto target = ops::stack({size.height.tensor(), size.width.tensor()});
  const auto by = homography(draws["start_points"], draws["end_points"]);
  const auto seen = ops::projective_transform(images, by, target, interpolation, "constant", fill_value_.as_double());
  return ops::ensure_shape(ops::where(spread(draws["apply_perspective"]), seen, images), images.shape());
}

Tensor RandomPerspectiveLayer::changed(const Tensor& images, const Values& draws) {
  return moved(images, draws, interpolation_);
}

Tensor RandomPerspectiveLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation,
                                                            bool training) {
  if (!training || transformation.is_none()) return masks;
  if (!channels_first()) return moved(masks, transformation, "nearest");
  return to_channels_first(moved(to_channels_last(masks), transformation, "nearest"));
}

// In the format "xyxy" from then on, as in Keras.
Values RandomPerspectiveLayer::transform_bounding_boxes(const Values& boxes, const Values& transformation,
                                                        bool training) {
  if (!training || transformation.is_none()) return boxes;
  const auto [height, width] = size_in(transformation);
  const auto given = convert_boxes(boxes["boxes"], bounding_box_format_.value(), "xyxy", height, width);
  const auto by = homography(transformation["start_points"], transformation["end_points"]);
  const auto last = ops::ones_like(ops::slice(by, {0, 0}, {-1, 1}));
  const auto back = call_op1("MatrixInverse", {ops::reshape(ops::concat({by, last}, 1), {None, 3, 3})});
  const auto p = ops::unstack(given, -1);
  const auto one = ops::ones_like(p[0]);
  std::vector<Tensor> xs, ys;
  for (const auto& [x, y] : {std::pair{0, 1}, {2, 3}, {0, 3}, {2, 1}}) {
    const auto corner = ops::stack({p[static_cast<std::size_t>(x)], p[static_cast<std::size_t>(y)], one}, 1);
    const auto to = ops::unstack(ops::matmul(back, corner), 1);
    xs.push_back(to[0] / to[2]);
    ys.push_back(to[1] / to[2]);
  }
  const auto x = ops::stack(xs, -1), y = ops::stack(ys, -1);
  const auto around =
      ops::stack({ops::reduce_min(x, -1), ops::reduce_min(y, -1), ops::reduce_max(x, -1), ops::reduce_max(y, -1)}, -1);
  const auto apply = ops::reshape(transformation["apply_perspective"], {None, 1, 1});
  return clip_boxes(ops::where(apply, around, given), boxes["labels"], height, width);
}

}  // namespace hornbeam

HB_REGISTER(layer_projections) {
  using namespace hornbeam;
  register_builtin<RandomShearLayer>();
  register_builtin<RandomPerspectiveLayer>();
}
