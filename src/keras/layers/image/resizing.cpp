#include "hornbeam/layers/resizing.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "hornbeam/ops_image.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/data_format.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

// With a border on the shorter side, so that the image has the shape of height x width.
Tensor padded_to_shape(const Tensor& x, std::int64_t height, std::int64_t width, double fill) {
  const auto size = image_size(x);
  if (!size.known()) {
    throw ValueError("Resizing with pad_to_aspect_ratio=True needs images of a known height and width. Received: " +
                     x.shape().to_string());
  }
  const auto h = size.height.value(), w = size.width.value();
  const auto top = (std::max(h, scaled_size(w, height, width)) - h) / 2;
  const auto left = (std::max(w, scaled_size(h, width, height)) - w) / 2;
  std::vector<std::vector<std::int64_t>> margins{{top, top}, {left, left}, {0, 0}};
  if (x.rank() == 4) margins.insert(margins.begin(), {0, 0});
  return ops::pad(x, margins, ops::cast(Tensor::scalar(fill), x.dtype()));
}

// Integers rounded, and kept within their range.
Tensor saturated(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  if (is_floating(dtype)) return ops::cast(x, dtype);
  const auto rounded = ops::round(x);
  if (dtype == DType::uint8) return ops::cast(ops::clip_by_value(rounded, 0.0, 255.0), dtype);
  if (dtype == DType::int8) return ops::cast(ops::clip_by_value(rounded, -128.0, 127.0), dtype);
  if (dtype == DType::uint16) return ops::cast(ops::clip_by_value(rounded, 0.0, 65535.0), dtype);
  if (dtype == DType::int16) return ops::cast(ops::clip_by_value(rounded, -32768.0, 32767.0), dtype);
  return ops::cast(rounded, dtype);
}

}  // namespace

ResizingLayer::ResizingLayer(std::int64_t height, std::int64_t width, const ResizingOptions& options)
    : Layer(options.layer()), height_(height), width_(width), o_(options) {
  check();
}

void ResizingLayer::check() {
  check_image_size(height_, width_);
  checked_interpolation(o_.interpolation);
  if (o_.pad_to_aspect_ratio && o_.crop_to_aspect_ratio) {
    throw ValueError("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.");
  }
  o_.data_format = checked_data_format(o_.data_format, "channels_last");
  target_ = current_target();
  autocast_ = false;  // integers stay what they are up to the resizing
}

Values ResizingLayer::call(const Values& inputs, CallContext&) {
  if (o_.fill_mode != "constant") {
    throw ValueError("Invalid value for argument `fill_mode`. Only `'constant'` is supported. Received: fill_mode=" +
                     o_.fill_mode);
  }
  const auto method = lower_case(o_.interpolation);
  Tensor given = inputs;
  // Keras 3 rounds floats to the compute dtype as it does for any layer.
  if (target_ == Target::keras3 && is_floating(given.dtype()) && is_floating(compute_dtype())) {
    given = ops::cast(given, compute_dtype());
  }
  if (const auto& s = given.shape(); !s.has_rank() || (s.rank() != 3 && s.rank() != 4)) {
    throw ValueError("'images' must have either 3 or 4 dimensions. Received: " + s.to_string());
  }
  const bool first = o_.data_format == "channels_first", keras3 = target_ == Target::keras3;
  Tensor x = first ? to_channels_last(given) : given;
  if (!keras3) x = ops::cast(x, method == "nearest" ? compute_dtype() : DType::float32);
  if (o_.crop_to_aspect_ratio) {
    x = smart_resize(x, height_, width_, method);
  } else {
    if (o_.pad_to_aspect_ratio) x = padded_to_shape(x, height_, width_, o_.fill_value);
    x = ops::resize(x, height_, width_, method, o_.antialias);
  }
  x = keras3 ? saturated(x, given.dtype()) : ops::cast(x, compute_dtype());
  return first ? to_channels_first(x) : x;
}

CenterCropLayer::CenterCropLayer(std::int64_t height, std::int64_t width, const CenterCropOptions& options)
    : Layer(options.layer()), height_(height), width_(width), data_format_(options.data_format) {
  check();
}

void CenterCropLayer::check() {
  check_image_size(height_, width_);
  data_format_ = checked_data_format(data_format_, "channels_last");
  target_ = current_target();
  autocast_ = false;
}

Values CenterCropLayer::call(const Values& inputs, CallContext&) {
  const bool first = data_format_ == "channels_first", before_23 = target_ == Target::tf22;
  const auto given = before_23 ? inputs.tensor() : ops::cast(inputs.tensor(), compute_dtype());
  const auto x = first ? to_channels_last(given) : given;
  const auto size = image_size(x);
  const auto crop = [&] { return center_window(x, height_, width_); };
  const auto upsize = [&] { return ops::cast(smart_resize(x, height_, width_), compute_dtype()); };
  Tensor y;
  if (size.known()) {
    const bool fits = size.height.value() >= height_ && size.width.value() >= width_;
    if (before_23 && size.height.value() < height_) {
      throw InvalidArgumentError("The crop height " + std::to_string(height_) +
                                 " should not be greater than input height.");
    }
    if (before_23 && size.width.value() < width_) {
      throw InvalidArgumentError("The crop width " + std::to_string(width_) +
                                 " should not be greater than input width.");
    }
    y = fits ? crop() : upsize();
  } else {
    const auto fits =
        ops::logical_and(ops::greater_equal(size.height.tensor(), Tensor::scalar(static_cast<std::int32_t>(height_))),
                         ops::greater_equal(size.width.tensor(), Tensor::scalar(static_cast<std::int32_t>(width_))));
    y = ops::cond(
        fits, [&] { return std::vector<Tensor>{crop()}; }, [&] { return std::vector<Tensor>{upsize()}; })[0];
  }
  return first ? to_channels_first(y) : y;
}

}  // namespace hornbeam

HB_REGISTER(layer_resizing) {
  hornbeam::register_builtin<hornbeam::ResizingLayer>();
  hornbeam::register_builtin<hornbeam::CenterCropLayer>();
}
