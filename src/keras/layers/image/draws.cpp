#include "keras/layers/image/draws.h"

#include "hornbeam/errors.hpp"
#include "ops/op_def.h"

namespace hornbeam {

Tensor to_range(const Tensor& images, const FactorRange& from, const FactorRange& to, DType dtype) {
  if (from.low == to.low && from.high == to.high) return images;
  const auto number = [&](double v) { return ops::scalar(dtype, v); };
  const auto unit = (ops::cast(images, dtype) - number(from.low)) / (number(from.high) - number(from.low));
  return unit * (number(to.high) - number(to.low)) + number(to.low);
}

Tensor grayscale(const Tensor& images) {
  const auto channels = images.shape().dim(-1);
  if (channels == 1) return images;
  if (channels != 3) {
    throw ValueError(
        "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). Received input with shape: images.shape=" +
        images.shape().to_string());
  }
  const auto dtype = is_floating(images.dtype()) ? images.dtype() : DType::float32;
  const auto weights = ops::cast(Tensor::from<double>({3}, {0.2989, 0.5870, 0.1140}), dtype);
  const auto gray = ops::reduce_sum(ops::cast(images, dtype) * weights, -1, /*keepdims=*/true);
  return ops::cast(gray, images.dtype());
}

Tensor filtered(const Tensor& images, const Tensor& kernel, std::int64_t height, std::int64_t width) {
  const auto channels = images.shape().dim(-1);
  if (channels < 0) throw ValueError("The number of channels must be known. Received: " + images.shape().to_string());
  const auto filter = ops::tile(ops::reshape(kernel, {height, width, 1, 1}), {1, 1, channels, 1});
  return ops::depthwise_conv2d(images, filter, {1, 1}, "SAME");
}

Tensor rgb_to_hsv(const Tensor& images) {
  if (!is_floating(images.dtype())) {
    throw ValueError("Invalid images dtype: expected float dtype. Received: images.dtype=" +
                     std::string(name_of(images.dtype())));
  }
  return call_op1("RGBToHSV", {images});
}

Tensor hsv_to_rgb(const Tensor& images) { return call_op1("HSVToRGB", {images}); }

Tensor beta_numbers(const Tensor& alpha, std::int64_t seed) {
  const auto none = Tensor::from<std::int32_t>({0}, {});
  const auto gamma = [&] { return call_op1("RandomGamma", {none, alpha}, {{"seed", seed}}); };
  const auto a = gamma(), b = gamma();
  return a / (a + b);
}

}  // namespace hornbeam
