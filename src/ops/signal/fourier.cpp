#include "ops/signal/fourier.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hornbeam::signal {
namespace {

using Complex = std::complex<double>;

Complex turn(double share) {
  const double angle = -2 * std::numbers::pi * share;
  return {std::cos(angle), std::sin(angle)};
}

// Without the checks for infinities that operator* makes.
Complex times(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

}  // namespace

Fourier::Fourier(std::size_t n) : n_(n), padded_(1) {
  const bool power = n > 0 && (n & (n - 1)) == 0;
  const auto least = power ? n : 2 * n;
  while (padded_ < least) padded_ *= 2;
  for (std::size_t k = 0; k < padded_ / 2; ++k) {
    turns_.push_back(turn(static_cast<double>(k) / static_cast<double>(padded_)));
  }
  if (power || n == 0) return;
  filter_.assign(padded_, Complex{});
  for (std::size_t k = 0; k < n; ++k) {
    chirp_.push_back(turn(static_cast<double>(k * k % (2 * n)) / static_cast<double>(2 * n)));
    filter_[k] = std::conj(chirp_[k]);
    if (k > 0) filter_[padded_ - k] = filter_[k];
  }
  run_power_of_two(filter_.data());
}

void Fourier::run_power_of_two(Complex* x) const {
  for (std::size_t i = 1, j = 0; i < padded_; ++i) {  // in the order of reversed bits
    auto bit = padded_ >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t half = 1; half < padded_; half *= 2) {
    const auto step = padded_ / (2 * half);
    for (std::size_t begin = 0; begin < padded_; begin += 2 * half) {
      for (std::size_t k = 0; k < half; ++k) {
        const auto odd = times(x[begin + half + k], turns_[k * step]);
        x[begin + half + k] = x[begin + k] - odd;
        x[begin + k] += odd;
      }
    }
  }
}

void Fourier::run(Complex* x, bool inverse) const {
  if (n_ == 0) return;
  // The inverse is the conjugate of the transform of the conjugate.
  const auto conjugate = [&] {
    for (std::size_t i = 0; inverse && i < n_; ++i) x[i] = std::conj(x[i]);
  };
  conjugate();
  if (chirp_.empty()) {
    run_power_of_two(x);
  } else {
    std::vector<Complex> work(padded_);
    for (std::size_t k = 0; k < n_; ++k) work[k] = times(x[k], chirp_[k]);
    run_power_of_two(work.data());
    for (std::size_t k = 0; k < padded_; ++k) work[k] = std::conj(times(work[k], filter_[k]));
    run_power_of_two(work.data());
    const auto scale = 1 / static_cast<double>(padded_);
    for (std::size_t k = 0; k < n_; ++k) x[k] = times(std::conj(work[k]) * scale, chirp_[k]);
  }
  conjugate();
}

}  // namespace hornbeam::signal
