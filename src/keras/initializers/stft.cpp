#include "keras/initializers/stft.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "hornbeam/errors.hpp"
#include "keras/initializers/skip.h"
#include "keras/initializers/windows.h"

namespace hornbeam {
namespace {

// One number for each step of a frame.
std::vector<double> window_of(const Config& window, std::size_t length, bool periodic) {
  if (window.is_null()) return std::vector<double>(length, 1.0);
  if (window.is_string()) return window_values(window.as_string(), length, periodic);
  std::vector<double> values;
  for (const auto& v : window.as_list()) values.push_back(v.as_double());
  if (values.size() == length) return values;
  throw ValueError("The shape of `window` must be equal to [frame_length].Received: window shape=(" +
                   std::to_string(values.size()) + ",)");
}

}  // namespace

void check(const StftOptions& o) {
  if (o.side != "real" && o.side != "imag") {
    throw ValueError("`side` should be one of 'real' or 'imag'. Received: side=" + o.side);
  }
  if (o.window.is_string()) {
    window_values(o.window.as_string(), 1, o.periodic);
  } else if (!o.window.is_null() && !o.window.is_list()) {
    throw ValueError("`window` should be the name of a window, a list of numbers, or None. Received: window=" +
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
  const auto window = window_of(o.window, length, o.periodic);
  double scaling = 1.0;
  if (!o.window.is_null()) {
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
