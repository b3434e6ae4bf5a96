#include "keras/layers/image/window.h"

#include <algorithm>
#include <array>
#include <limits>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_image.hpp"
#include "keras/layers/data_format.h"
#include "keras/layers/dim_of.h"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

ImageDim dim_at(const Tensor& x, std::size_t axis) {
  if (x.shape()[axis] >= 0) return x.shape()[axis];
  return ImageDim(dim_of(x, static_cast<std::int64_t>(axis)));
}

ImageDim scaled(const ImageDim& a, std::int64_t by, std::int64_t divisor) {
  if (a.known()) return scaled_size(a.value(), by, divisor);
  const auto product = ops::cast(a.tensor() * static_cast<std::int32_t>(by), DType::float32);
  return ImageDim(ops::cast(product / static_cast<float>(divisor), DType::int32));
}

ImageDim at_most(const ImageDim& a, const ImageDim& most) {
  if (a.known() && most.known()) return std::max<std::int64_t>(1, std::min(a.value(), most.value()));
  return ImageDim(ops::maximum(ops::minimum(a.tensor(), most.tensor()), Tensor::scalar(1)));
}

// Half of what is left over.
ImageDim margin(const ImageDim& whole, const ImageDim& part) {
  if (whole.known() && part.known()) return (whole.value() - part.value()) / 2;
  return ImageDim(ops::cast(ops::cast(whole.tensor() - part.tensor(), DType::float32) / 2.0F, DType::int32));
}

}  // namespace

Tensor ImageDim::tensor() const { return known() ? Tensor::scalar(static_cast<std::int32_t>(value_)) : tensor_; }

std::int64_t scaled_size(std::int64_t a, std::int64_t by, std::int64_t divisor) {
  return static_cast<std::int64_t>(static_cast<float>(a * by) / static_cast<float>(divisor));
}

void check_image_size(std::int64_t height, std::int64_t width) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (height > 0 && width > 0 && height <= kMost && width <= kMost) return;
  throw ValueError("`height` and `width` must be positive, and below 2 ** 31. Received: height=" +
                   std::to_string(height) + ", width=" + std::to_string(width));
}

std::string checked_interpolation(const std::string& given) {
  auto method = lower_case(given);
  constexpr std::array<std::string_view, 8> kMethods{"bilinear", "nearest",  "bicubic",  "area",
                                                     "lanczos3", "lanczos5", "gaussian", "mitchellcubic"};
  if (std::ranges::find(kMethods, method) != kMethods.end()) return method;
  std::string names;
  for (const auto name : kMethods) names += (names.empty() ? "'" : ", '") + std::string(name) + "'";
  throw NotImplementedError("Value not recognized for `interpolation`: " + given +
                            ". Supported values are: dict_keys([" + names + "])");
}

void require_image(const Tensor& images) {
  const auto& s = images.shape();
  if (s.has_rank() && (s.rank() == 3 || s.rank() == 4)) return;
  throw ValueError(
      "Expected an image array with shape `(height, width, channels)`, or `(batch_size, height, width, channels)`, but "
      "got input with incorrect rank, of shape " +
      s.to_string() + ".");
}

ImageSize image_size(const Tensor& images) {
  require_image(images);
  const auto rank = images.rank();
  for (const auto at : {rank - 3, rank - 2}) {
    if (images.shape()[at] > std::numeric_limits<std::int32_t>::max()) {
      throw ValueError("images of shape " + images.shape().to_string() + " are too large");
    }
  }
  return {dim_at(images, rank - 3), dim_at(images, rank - 2)};
}

Tensor image_window(const Tensor& images, const ImageDim& top, const ImageDim& left, const ImageSize& size) {
  const bool batch = images.rank() == 4;
  if (top.known() && left.known() && size.known()) {
    std::vector<std::int64_t> begin{top.value(), left.value(), 0}, dims{size.height.value(), size.width.value(), -1};
    if (batch) begin.insert(begin.begin(), 0);
    if (batch) dims.insert(dims.begin(), -1);
    return ops::slice(images, begin, dims);
  }
  std::vector<Tensor> begin{top.tensor(), left.tensor(), Tensor::scalar(0)},
      dims{size.height.tensor(), size.width.tensor(), Tensor::scalar(-1)};
  if (batch) begin.insert(begin.begin(), Tensor::scalar(0));
  if (batch) dims.insert(dims.begin(), Tensor::scalar(-1));
  return call_op1("Slice", {images, ops::stack(begin), ops::stack(dims)});
}

Tensor smart_resize(const Tensor& images, std::int64_t height, std::int64_t width, std::string_view interpolation) {
  const auto size = image_size(images);
  const ImageSize crop{at_most(scaled(size.width, height, width), size.height),
                       at_most(scaled(size.height, width, height), size.width)};
  const auto window = image_window(images, margin(size.height, crop.height), margin(size.width, crop.width), crop);
  return ops::resize(window, height, width, interpolation);
}

Tensor center_window(const Tensor& images, std::int64_t height, std::int64_t width) {
  const auto size = image_size(images);
  return image_window(images, margin(size.height, height), margin(size.width, width), {height, width});
}

Tensor to_channels_last(const Tensor& x) {
  require_image(x);
  return x.rank() == 4 ? channels_moved(x, /*to_last=*/true) : ops::transpose(x, {1, 2, 0});
}
Tensor to_channels_first(const Tensor& x) {
  return x.rank() == 4 ? channels_moved(x, /*to_last=*/false) : ops::transpose(x, {2, 0, 1});
}

}  // namespace hornbeam
