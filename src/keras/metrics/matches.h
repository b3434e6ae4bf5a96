// Where predictions are right: 1 and 0 of dtype floatx().
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam::metrics {

// Equal values.
Tensor equal_matches(const Tensor& y_true, const Tensor& y_pred);
// On the same side of the threshold.
Tensor binary_matches(const Tensor& y_true, const Tensor& y_pred, double threshold);
// The highest of the last dim of y_pred is where the label says; the shape of the class numbers, without a last dim of
// 1 that predictions do not have.
Tensor sparse_matches(const Tensor& y_true, const Tensor& y_pred);
// The label is among the k highest.
Tensor sparse_top_k_matches(const Tensor& y_true, const Tensor& y_pred, std::int64_t k);
// The label is among the first k class numbers of the last dim of y_pred; the shape of y_true.
Tensor sorted_ids_matches(const Tensor& y_true, const Tensor& y_pred, std::int64_t k);

}  // namespace hornbeam::metrics
