#include "keras/initializers/stft.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "hornbeam/errors.hpp"
#include "keras/initializers/skip.h"

namespace hornbeam {
namespace {

// scipy.signal.get_window: `periodic` makes one more point and leaves the last out.
std::vector<double> window_values(const std::string& name, std::size_t n, bool periodic) {
  const double low = name == "hamming" ? 0.54 : 0.5;
  const auto points = static_cast<double>(periodic ? n : n - 1);
  std::vector<double> w(n, 1.0);
  if (n < 2) return w;
  for (std::size_t i = 0; i < n; ++i) {
    w[i] = low - (1.0 - low) * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / points);
  }
  return w;
}

}  // namespace

void check(const StftOptions& o) {
  if (o.side != "real" && o.side != "imag") {
    throw ValueError("`side` should be one of 'real' or 'imag'. Received: side=" + o.side);
  }
  if (!o.window.is_null() && o.window != Config("hann") && o.window != Config("hamming")) {
    throw ValueError("the STFT initializer knows the windows 'hann' and 'hamming', or none. Received: window=" +
                     o.window.dump());
  }
  if (!o.scaling.is_null() && o.scaling != Config("density") && o.scaling != Config("spectrum")) {
    throw ValueError("Scaling is invalid, it must be `None`, 'density' or 'spectrum'. Received: scaling=" +
                     o.scaling.dump());
  }
}

Tensor stft_kernel(const StftOptions& o, const Shape& shape) {
  if (shape.rank() != 3) {
    throw ValueError("The STFT initializer makes weights of rank 3. Received: shape=" + shape.to_string());
  }
  check_weight_size(DType::float64, shape);
  const auto length = static_cast<std::size_t>(shape[0]), channels = static_cast<std::size_t>(shape[1]),
             bins = static_cast<std::size_t>(shape[2]);
  std::vector<double> window(length, 1.0);
  double scaling = 1.0;
  if (!o.window.is_null()) {
    window = window_values(o.window.as_string(), length, o.periodic);
    double sum = 0, squares = 0;
    for (const auto w : window) {
      sum += std::abs(w);
      squares += w * w;
    }
    if (o.scaling == Config("density")) scaling = std::sqrt(squares);
    if (o.scaling == Config("spectrum")) scaling = sum;
  }
  auto out = Tensor::empty(DType::float64, shape);
  auto* y = out.mutable_data<double>().data();
  const auto fft_length = static_cast<double>((bins - 1) * 2);
  for (std::size_t t = 0; t < length; ++t) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t f = 0; f < bins; ++f) {
        const auto angle = -2.0 * static_cast<double>(t) * (static_cast<double>(f) / fft_length) * std::numbers::pi;
        *y++ = (o.side == "real" ? std::cos(angle) : std::sin(angle)) * window[t] / scaling;
      }
    }
  }
  return out;
}

}  // namespace hornbeam
