// How far predictions are from the right side of the margin.
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam::losses {

// max(1 - y_true * y_pred, 0); labels that are all 0 or 1 count as -1 and 1.
Tensor hinge_margins(const Tensor& y_true, const Tensor& y_pred);

}  // namespace hornbeam::losses
