// Keras 3's STFT initializer: the kernel of a short-time Fourier transform by convolution.
#pragma once

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

struct StftOptions {
  std::string side = "real";  // real, imag
  Config window = "hann";     // a name (windows.h), numbers, or null for none
  bool periodic = false;
  Config scaling = "density";  // density, spectrum, or null for none
};
// Throws ValueError for words it does not know.
void check(const StftOptions& options);
// float64 [frame_length, 1, bins].
Tensor stft_kernel(const StftOptions& options, const Shape& shape);

}  // namespace hornbeam
