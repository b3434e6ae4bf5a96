#include <cmath>
#include <limits>
#include <numbers>

#include "hornbeam/layers/spectrogram.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/dim_of.h"
#include "keras/layers/register.h"
#include "ops/op_def.h"

namespace hornbeam {

MelSpectrogramLayer::MelSpectrogramLayer(const MelSpectrogramOptions& options) : Layer(options.layer()), o_(options) {
  check();
}

void MelSpectrogramLayer::check() {
  constexpr std::int64_t kMost = 1 << 24;
  const auto positive = [](std::int64_t n, const char* name) {
    if (n >= 1 && n <= kMost) return;
    throw ValueError("`" + std::string(name) + "` must be positive, and at most 2 ** 24. Received: `" + name +
                     "`=" + std::to_string(n) + ".");
  };
  if (!o_.sequence_length || *o_.sequence_length == 0) o_.sequence_length = o_.fft_length;
  if (o_.fft_length < *o_.sequence_length) {
    throw ValueError("`fft_length` must be greater than or equal to   `sequence_length`. Received: `sequence_length`=" +
                     std::to_string(*o_.sequence_length) + ", `fft_length`=" + std::to_string(o_.fft_length) + ".");
  }
  positive(o_.fft_length, "fft_length");
  positive(*o_.sequence_length, "sequence_length");
  positive(o_.sequence_stride, "sequence_stride");
  positive(o_.num_mel_bins, "num_mel_bins");
  for (const auto* number : {&o_.sampling_rate, &o_.min_freq, &o_.top_db, &o_.mag_exp, &o_.min_power, &o_.ref_power}) {
    if (!number->is_int() && !number->is_float()) {
      throw ValueError("MelSpectrogram takes numbers. Received: " + number->dump());
    }
  }
  const bool unsaid = o_.max_freq.is_null() || o_.max_freq == Config(0);
  if (unsaid) o_.max_freq = static_cast<std::int64_t>(o_.sampling_rate.as_double() / 2);
  if (o_.window.is_string() && o_.window != Config("hann") && o_.window != Config("hamming")) {
    throw ValueError(
        "If a string is passed to `window`, it must be one of `\"hann\"`, `\"hamming\"`. Received: window=" +
        o_.window.as_string());
  }
  if (o_.window.is_list() && o_.window.size() != static_cast<std::size_t>(*o_.sequence_length)) {
    throw ValueError("The shape of `window` must be equal to [sequence_length].Received: window shape=(" +
                     std::to_string(o_.window.size()) + ",)");
  }
  autocast_ = false;
}

namespace {

// tf.signal's periodic windows, which are symmetric where the length is odd.
std::vector<double> raised_cosine(std::int64_t length, double a) {
  std::vector<double> w(static_cast<std::size_t>(length), 1.0);
  if (length == 1) return w;
  const auto n = static_cast<double>(length % 2 == 0 ? length : length - 1);
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i] = a - (1 - a) * std::cos(2 * std::numbers::pi * static_cast<double>(i) / n);
  }
  return w;
}

// Frames of that length along the last dim: [..., frames, length].
Tensor framed(const Tensor& x, std::int64_t length, std::int64_t step) {
  const auto axis = static_cast<std::int64_t>(x.rank()) - 1;
  const auto time = x.shape().dim(-1);
  const auto in_frame = ops::range(0, length);
  Tensor starts;
  if (time >= 0) {
    const auto frames = time < length ? 0 : (time - length) / step + 1;
    starts = ops::range(0, frames) * static_cast<std::int32_t>(step);
  } else {
    const auto l = static_cast<std::int32_t>(length), s = static_cast<std::int32_t>(step);
    const auto frames = ops::maximum(ops::floor_div(dim_of(x, axis) - l, s) + 1, 0);
    starts = ops::range(Tensor::scalar(std::int32_t{0}), frames, Tensor::scalar(std::int32_t{1})) * s;
  }
  return ops::gather(x, ops::expand_dims(starts, 1) + ops::expand_dims(in_frame, 0), axis);
}

Tensor log10(const Tensor& x) { return ops::log(x) / std::numbers::ln10; }

}  // namespace

Tensor MelSpectrogramLayer::spectrogram(const Tensor& x) const {
  const auto length = *o_.sequence_length, fft = o_.fft_length;
  std::vector<std::vector<std::int64_t>> margins(x.rank(), {0, 0});
  margins.back() = {fft / 2, fft / 2};
  auto frames = framed(ops::pad(x, margins, "REFLECT"), fft, o_.sequence_stride);
  std::vector<double> window(static_cast<std::size_t>(length), 1.0);
  if (o_.window == Config("hann")) window = raised_cosine(length, 0.5);
  if (o_.window == Config("hamming")) window = raised_cosine(length, 0.54);
  for (std::size_t i = 0; o_.window.is_list() && i < window.size(); ++i) window[i] = o_.window.at(i).as_double();
  if (!o_.window.is_null()) {
    const auto left = static_cast<std::size_t>((fft - length) / 2);
    std::vector<double> whole(static_cast<std::size_t>(fft), 0.0);
    std::copy(window.begin(), window.end(), whole.begin() + static_cast<std::ptrdiff_t>(left));
    frames = frames * ops::cast(Tensor::from<double>({fft}, whole), x.dtype());
  }
  const bool wide = x.dtype() == DType::float64;
  const auto spectrum = call_op1("RFFT", {frames, Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(fft)})},
                                 {{"Tcomplex", wide ? DType::complex128 : DType::complex64}});
  const auto part = [&](const char* op) { return call_op1(op, {spectrum}, {{"Tout", x.dtype()}}); };
  const auto magnitude = ops::sqrt(ops::square(part("Real")) + ops::square(part("Imag")));
  return ops::pow(magnitude, ops::scalar(x.dtype(), o_.mag_exp.as_double()));
}

// [bins, num_mel_bins]: triangles over the frequencies, whose edges are equally far apart on the mel scale; in float32,
// as Keras has them.
Tensor MelSpectrogramLayer::mel_weights() const {
  const auto number = [](const Config& v) { return Tensor::scalar(static_cast<float>(v.as_double())); };
  const auto mel = [](const Tensor& hertz) { return ops::log(hertz / 700.0F + 1.0F) * 1127.0F; };
  const auto bins = o_.fft_length / 2 + 1, mels = o_.num_mel_bins;
  const auto frequencies = ops::linspace(Tensor::scalar(0.0F), number(o_.sampling_rate) / 2.0F, bins);
  const auto at = ops::expand_dims(mel(ops::slice(frequencies, {1}, {-1})), 1);
  const auto edges = ops::linspace(mel(number(o_.min_freq)), mel(number(o_.max_freq)), mels + 2);
  const auto edge = [&](std::int64_t from) { return ops::expand_dims(ops::slice(edges, {from}, {mels}), 0); };
  const auto lower = edge(0), middle = edge(1), upper = edge(2);
  const auto rising = (at - lower) / (middle - lower), falling = (upper - at) / (upper - middle);
  return ops::pad(ops::maximum(ops::minimum(rising, falling), 0.0F), {{1, 0}, {0, 0}});
}

Values MelSpectrogramLayer::call(const Values& inputs, CallContext&) {
  const auto dtype = compute_dtype() == DType::float64 ? DType::float64 : DType::float32;
  const auto x = ops::cast(inputs.tensor(), dtype);
  if (x.rank() < 1) throw ValueError("MelSpectrogram needs inputs of at least one dim.");
  auto y = ops::tensordot(spectrogram(x), ops::cast(mel_weights(), dtype));
  if (o_.power_to_db) {
    const auto least = o_.min_power.as_double();
    const auto reference = std::max(std::abs(o_.ref_power.as_double()), least);
    auto decibels = log10(ops::maximum(y, least)) * 10.0;
    decibels = decibels - 10.0 * std::log10(reference);
    y = ops::maximum(decibels, ops::reduce_max(decibels) - o_.top_db.as_double());
  }
  std::vector<std::int64_t> order(y.rank());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return ops::cast(ops::transpose(y, order), compute_dtype());
}

}  // namespace hornbeam

HB_REGISTER(layer_mel_spectrogram) { hornbeam::register_builtin<hornbeam::MelSpectrogramLayer>(); }
