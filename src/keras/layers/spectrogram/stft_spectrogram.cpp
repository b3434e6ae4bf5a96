#include <algorithm>
#include <array>
#include <limits>

#include "hornbeam/layers/spectrogram.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/data_format.h"
#include "keras/layers/dim_of.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

constexpr std::array<const char*, 7> kModes{"log", "magnitude", "psd", "real", "imag", "angle", "stft"};
constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

std::int64_t power_of_two_from(std::int64_t n) {
  std::int64_t power = 1;
  while (power < n) power *= 2;
  return power;
}

}  // namespace

STFTSpectrogramLayer::STFTSpectrogramLayer(const STFTSpectrogramOptions& options)
    : Layer(options.layer()), o_(options) {
  check();
}

void STFTSpectrogramLayer::check() {
  const auto text = [](std::int64_t n) { return std::to_string(n); };
  constexpr std::int64_t kMost = 1 << 24;
  if (o_.frame_length < 1 || o_.frame_length > kMost) {
    throw ValueError("`frame_length` should be a positive integer, at most 2 ** 24. Received frame_length=" +
                     text(o_.frame_length));
  }
  if (o_.frame_step && (*o_.frame_step > o_.frame_length || *o_.frame_step < 1)) {
    throw ValueError("`frame_step` should be a positive integer not greater than `frame_length`. Received frame_step=" +
                     text(*o_.frame_step) + ", frame_length=" + text(o_.frame_length));
  }
  if (o_.fft_length && (*o_.fft_length < o_.frame_length || *o_.fft_length > kMost)) {
    throw ValueError("`fft_length` should be not less than `frame_length`. Received fft_length=" +
                     text(*o_.fft_length) + ", frame_length=" + text(o_.frame_length));
  }
  if (std::find(kModes.begin(), kModes.end(), o_.mode) == kModes.end()) {
    std::string names;
    for (const auto* mode : kModes) names += (names.empty() ? "" : ", ") + std::string(mode);
    throw ValueError("Output mode is invalid, it must be one of " + names + ". Received: mode=" + o_.mode);
  }
  if (!o_.scaling.is_null() && o_.scaling != Config("density") && o_.scaling != Config("spectrum")) {
    throw ValueError("Scaling is invalid, it must be `None`, 'density' or 'spectrum'. Received scaling=" +
                     (o_.scaling.is_string() ? o_.scaling.as_string() : o_.scaling.dump()));
  }
  if (o_.padding != "valid" && o_.padding != "same") {
    throw ValueError("Padding is invalid, it should be 'valid', 'same'. Received: padding=" + o_.padding);
  }
  o_.data_format = checked_data_format(o_.data_format, "channels_last");
  step_ = std::max<std::int64_t>(1, o_.frame_step.value_or(o_.frame_length / 2));
  bins_ = o_.fft_length.value_or(power_of_two_from(o_.frame_length)) / 2 + 1;
  input_spec_ = {InputSpec{.ndim = 3}};
  Initializer::from_config(
      {{"class_name", "STFT"}, {"config", Config{{"window", o_.window}}}});  // is there such a window?
}

void STFTSpectrogramLayer::build(const Shape&) {
  const auto kernel = [&](const char* side) {
    const Config config{{"side", side}, {"window", o_.window}, {"periodic", o_.periodic}, {"scaling", o_.scaling}};
    return add_weight(std::string(side) + "_kernel", {o_.frame_length, 1, bins_},
                      {.initializer = Initializer::from_config({{"class_name", "STFT"}, {"config", config}})});
  };
  if (o_.mode != "imag") real_ = kernel("real");
  if (o_.mode != "real") imag_ = kernel("imag");
}

// [batch, time, channels] as [batch, frames, channels, bins].
Tensor STFTSpectrogramLayer::convolved(const Tensor& x, const Variable& kernel) const {
  const auto filter = ops::expand_dims(ops::cast(Tensor(kernel), x.dtype()), 1);
  return ops::conv2d(ops::expand_dims(x, 3), filter, {step_, 1}, o_.padding == "same" ? "SAME" : "VALID");
}

// [batch, frames, channels, bins] as the output has them.
Tensor STFTSpectrogramLayer::arranged_output(const Tensor& x) const {
  const bool first = o_.data_format == "channels_first";
  if (o_.expand_dims)
    return ops::transpose(x, first ? std::vector<std::int64_t>{0, 2, 1, 3} : std::vector<std::int64_t>{0, 1, 3, 2});
  const auto channels = x.shape()[2], bins = x.shape()[3];
  if (channels < 0) throw ValueError("STFTSpectrogram needs a known number of channels.");
  const auto width = channels * bins;
  Tensor rows;
  if (x.shape()[1] >= 0) {
    rows = ops::reshape(x, {None, x.shape()[1], width});
  } else {
    rows = ops::reshape(x, ops::stack({Tensor::scalar(std::int32_t{-1}), dim_of(x, 1),
                                       Tensor::scalar(static_cast<std::int32_t>(width))}));
    rows = ops::ensure_shape(rows, {x.shape()[0], None, width});
  }
  return first ? ops::transpose(rows, {0, 2, 1}) : rows;
}

Values STFTSpectrogramLayer::call(const Values& inputs, CallContext&) {
  const auto& given = inputs.tensor();
  if (given.dtype() != DType::float16 && given.dtype() != DType::float32 && given.dtype() != DType::float64) {
    throw TypeError("Invalid input type. Expected `float16`, `float32` or `float64`. Received: input type=" +
                    std::string(name_of(given.dtype())));
  }
  const auto x = o_.data_format == "channels_first" ? ops::transpose(given, {0, 2, 1}) : given;
  Tensor real, imag;
  if (o_.mode != "imag") real = convolved(x, real_);
  if (o_.mode != "real") imag = convolved(x, imag_);
  if (o_.mode == "real") return arranged_output(real);
  if (o_.mode == "imag") return arranged_output(imag);
  if (o_.mode == "angle") return arranged_output(ops::atan2(imag, real));
  if (o_.mode == "stft") return arranged_output(ops::concat({real, imag}, 3));
  const auto power = ops::square(real) + ops::square(imag);
  if (o_.mode == "psd") {
    // All but the first and the last bin stand for two frequencies.
    std::vector<double> twice(static_cast<std::size_t>(bins_), 2.0);
    twice.front() = twice.back() = 1.0;
    const auto inner = ops::cast(Tensor::from<double>({bins_}, twice), x.dtype());
    return arranged_output(power * inner);
  }
  const auto linear = arranged_output(ops::sqrt(ops::maximum(power, kEpsilon)));
  return o_.mode == "magnitude" ? linear : ops::log(ops::maximum(linear, kEpsilon));
}

}  // namespace hornbeam

HB_REGISTER(layer_stft_spectrogram) { hornbeam::register_builtin<hornbeam::STFTSpectrogramLayer>(); }
