// The discrete Fourier transform of one length, in double precision.
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

namespace hornbeam::signal {

// Made once for a length, used by several threads at once.
class Fourier {
 public:
  explicit Fourier(std::size_t n);
  // x[0..n) becomes its transform (not scaled), or the inverse one times n.
  void run(std::complex<double>* x, bool inverse) const;

 private:
  void run_power_of_two(std::complex<double>* x) const;
  std::size_t n_, padded_;                    // padded_: a power of two, n itself when n is one
  std::vector<std::complex<double>> turns_;   // exp(-2 pi i k / padded), k < padded / 2
  std::vector<std::complex<double>> chirp_;   // of other lengths (Bluestein): exp(-pi i k^2 / n), k < n
  std::vector<std::complex<double>> filter_;  // the transform of the chirp's conjugate, over padded
};

}  // namespace hornbeam::signal
