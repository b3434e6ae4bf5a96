// Images.
#include <array>
#include <cmath>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops_image.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

void refuse_channels_first(const OpCall& a, std::size_t i) {
  if (a.text(i, backend::image_data_format().c_str()) == "channels_first") {
    throw NotImplementedError("an image operation with data_format=\"channels_first\" is not yet supported");
  }
}
// tf.image.resize(images, size, method, preserve_aspect_ratio, antialias).
Values resize(const OpCall& a) {
  const auto size = a.integers(1);
  if (size.size() != 2) throw ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width");
  return ops::resize(a.tensor(0), size[0], size[1], a.text(2, "bilinear"), a.flag(4));
}
Values resize_keras3(const OpCall& a) {
  refuse_channels_first(a, 7);
  if (a.flag(4) || a.flag(5)) {
    throw NotImplementedError("resize that crops or pads to the aspect ratio is not yet supported");
  }
  const auto x = as_floats(a.tensor(0));
  const auto size = each(a.plain(1), 2);
  const auto one = rank_of(x) == 3;
  const auto y = ops::resize(one ? ops::expand_dims(x, 0) : x, size[0], size[1], a.text(2, "bilinear"), a.flag(3));
  return one ? ops::squeeze(y, {0}) : y;
}
Values grayscale(const OpCall& a) {
  if (a.count() > 1) refuse_channels_first(a, 1);
  const auto x = a.tensor(0);
  const std::vector<float> weights{0.2989F, 0.587F, 0.114F};
  return ops::reduce_sum(x * ops::cast(Tensor::from<float>(Shape{3}, weights), x.dtype()), -1, true);
}
template <bool kToHsv>
Values hsv(const OpCall& a) {
  if (a.count() > 1) refuse_channels_first(a, 1);
  return call_op1(kToHsv ? "RGBToHSV" : "HSVToRGB", {a.tensor(0)});
}
template <int kAxis>
Values turned_round(const OpCall& a) {
  return ops::reverse(a.tensor(0), {kAxis});
}
Values adjust_brightness(const OpCall& a) { return a.tensor(0) + ops::cast(a.tensor(1), a.tensor(0).dtype()); }
Values adjust_contrast(const OpCall& a) {
  const auto x = a.tensor(0);
  const auto mean = ops::reduce_mean(x, {-3, -2}, true);
  return (x - mean) * ops::cast(a.tensor(1), x.dtype()) + mean;
}
Values standardized(const OpCall& a) {
  const auto x = as_floats(a.tensor(0));
  const auto last = x.shape();
  const auto n = last.dim(-1) == None || last.dim(-2) == None || last.dim(-3) == None
                     ? throw NotImplementedError("per_image_standardization of unknown sizes is not yet supported")
                     : last.dim(-1) * last.dim(-2) * last.dim(-3);
  const auto least = 1 / std::sqrt(static_cast<double>(n));
  return (x - ops::reduce_mean(x, {-1, -2, -3}, true)) / ops::maximum(ops::reduce_std(x, {-1, -2, -3}, true), least);
}
// Of top, bottom and target one is told by the others.
Ints two_sides(const OpCall& a, std::size_t before, std::size_t after, std::size_t target, std::int64_t size,
               std::int64_t sign) {
  const auto total = a.plain(target).is_null() ? None : sign * (a.integer(target, 0) - size);
  if (a.plain(before).is_null()) return {total - a.integer(after, 0), a.integer(after, 0)};
  if (a.plain(after).is_null()) return {a.integer(before, 0), total - a.integer(before, 0)};
  return {a.integer(before, 0), a.integer(after, 0)};
}
template <int kSign>
Values crop_or_pad(const OpCall& a) {
  refuse_channels_first(a, 7);
  const auto x = a.tensor(0);
  const auto rank = rank_of(x);
  if (x.shape().dim(-3) == None || x.shape().dim(-2) == None) {
    throw NotImplementedError("cropping and padding images of unknown sizes is not yet supported");
  }
  const auto rows = two_sides(a, 1, 3, 5, x.shape().dim(-3), kSign),
             columns = two_sides(a, 2, 4, 6, x.shape().dim(-2), kSign);
  if (kSign > 0) {
    std::vector<Ints> around(x.shape().rank(), {0, 0});
    around[static_cast<std::size_t>(rank - 3)] = rows;
    around[static_cast<std::size_t>(rank - 2)] = columns;
    return ops::pad(x, around);
  }
  Ints begin(x.shape().rank(), 0), size(x.shape().rank(), -1);
  const auto cut = [&](std::int64_t axis, const Ints& sides) {
    begin[static_cast<std::size_t>(axis)] = sides[0];
    size[static_cast<std::size_t>(axis)] = x.shape().dim(axis) - sides[0] - sides[1];
  };
  cut(rank - 3, rows);
  cut(rank - 2, columns);
  return ops::slice(x, begin, size);
}

constexpr std::array kImages{
    special("image.resize", "images size= method= preserve_aspect_ratio==false antialias=false", resize),
    special("image.rgb_to_grayscale", "images", grayscale),
    special("image.rgb_to_hsv", "images", hsv<true>, nullptr, kNamed),
    special("image.hsv_to_rgb", "images", hsv<false>, nullptr, kNamed),
    special("image.flip_left_right", "image", turned_round<-2>),
    special("image.flip_up_down", "image", turned_round<-3>),
    special("image.adjust_brightness", "image delta", adjust_brightness),
    special("image.adjust_contrast", "images contrast_factor", adjust_contrast),
    special("image.per_image_standardization", "image", standardized),
    special("ops>Resize",
            "images size= interpolation= antialias=false crop_to_aspect_ratio=false pad_to_aspect_ratio=false "
            "fill_mode= data_format= fill_value=",
            resize_keras3),
    special("ops>RGBToGrayscale", "images data_format=", grayscale),
    special("ops>RGBToHSV", "images data_format=", hsv<true>),
    special("ops>HSVToRGB", "images data_format=", hsv<false>),
    special(
        "ops>PadImages",
        "images top_padding= left_padding= bottom_padding= right_padding= target_height= target_width= data_format=",
        crop_or_pad<1>),
    special("ops>CropImages",
            "images top_cropping= left_cropping= bottom_cropping= right_cropping= target_height= target_width= "
            "data_format=",
            crop_or_pad<-1>),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_images) { hornbeam::add_op_functions("image", hornbeam::kImages); }
