// How the scales of float8 follow what they have seen.
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// The scale with which the largest of the history becomes `most`.
Tensor next_float8_scale(const Tensor& scale, const Tensor& history, double most);
// The history with the largest magnitude of x.
Tensor next_amax_history(const Tensor& x, const Tensor& history);

}  // namespace hornbeam
