#include "hornbeam/layers/geometric_augmentation.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/image/draws.h"
#include "keras/layers/image/rectangles.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"

namespace hornbeam {

RandomErasingLayer::RandomErasingLayer(const RandomErasingOptions& o)
    : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format),
      factor_(o.factor),
      scale_(o.scale),
      fill_value_(o.fill_value),
      value_range_(o.value_range) {
  check();
}

void RandomErasingLayer::check() {
  AugmentationLayer::check();
  factor_ = factor_bounds(factor_, 0, 1);
  scale_ = factor_bounds(scale_, 0, 1, "scale");
  value_range_of(value_range_);
  if (fill_value_.is_null() || is_number(fill_value_)) return;
  bool three = fill_value_.is_list() && fill_value_.size() == 3;
  for (std::size_t i = 0; three && i < 3; ++i) three = is_number(fill_value_.at(i));
  if (!three) throw ValueError("The `fill_value` argument should be a number (or a list of three numbers) ");
}

// What erased pixels become: noise of the images' shape, or what broadcasts to it (channels last).
Tensor RandomErasingLayer::filling(const Tensor& images) const {
  const auto range = value_range_of(value_range_);
  const auto dtype = compute_dtype();
  Tensor fill;
  if (fill_value_.is_null()) {
    fill = ops::random_normal(ops::shape(images), dtype, seed_.value_or(0)) * range.high;
    if (channels_first()) fill = to_channels_last(fill);
  } else if (fill_value_.is_list()) {
    std::vector<double> numbers;
    for (const auto& v : fill_value_.as_list()) numbers.push_back(v.as_double());
    fill = ops::reshape(ops::cast(Tensor::from<double>({3}, numbers), dtype), {1, 1, 1, 3});
  } else {
    fill = ops::reshape(ops::scalar(dtype, fill_value_.as_double()), {1, 1, 1, 1});
  }
  return ops::clip_by_value(fill, range.low, range.high);
}

Values RandomErasingLayer::drawn(const Tensor& images) {
  const auto scale = bounds_of(scale_);
  const auto [height, width] = size_of_images(images);
  const auto side = [&] { return ops::sqrt(uniform_each(images, scale.low, scale.high, compute_dtype())); };
  const auto along = [&](const Tensor& share, const Tensor& length) {
    return span_of(share, length, uniform_each(images, 0, 1, compute_dtype()));
  };
  const auto by_x = side(), by_y = side();
  const auto x = along(by_x, width), y = along(by_y, height);
  return Values{{"batch_masks", inside(x, y, height, width)},
                {"apply_erasing", chosen(images, factor_)},
                {"fill_value", filling(images)}};
}

Tensor RandomErasingLayer::changed(const Tensor& images, const Values& draws) {
  const auto erased = ops::where(draws["batch_masks"].tensor(), ops::cast(draws["fill_value"], images.dtype()), images);
  return ops::ensure_shape(ops::where(spread(draws["apply_erasing"]), erased, images), images.shape());
}

}  // namespace hornbeam

HB_REGISTER(layer_erasing) { hornbeam::register_builtin<hornbeam::RandomErasingLayer>(); }
