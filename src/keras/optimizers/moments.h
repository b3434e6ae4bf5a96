// The two moving averages that Adam and its kin keep.
#pragma once

#include "hornbeam/tensor.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

struct Moments {
  Tensor first, second;
};
// The slots become m + (g - m) * (1 - beta_1) and v + (g * g - v) * (1 - beta_2), where the square of a gradient of
// picked rows is what Keras 3 makes of it. Their new values.
Moments assign_moments(const Tensor& gradient, const Shape& variable, const Variable& m, const Variable& v,
                       double beta_1, double beta_2);

}  // namespace hornbeam
