// The cosine of the angle between labels and predictions.
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam::losses {

// Of the vectors along `axis`: the shape without it. 0 where one is zero.
Tensor cosine_of(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis);

}  // namespace hornbeam::losses
