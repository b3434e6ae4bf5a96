// Correlations along an axis: the shape without it.
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam::metrics {

Tensor pearson(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis);
Tensor concordance(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis);

}  // namespace hornbeam::metrics
