// The state of intersection over union: which class was taken for which.
#pragma once

#include <optional>

#include "hornbeam/tensor.hpp"

namespace hornbeam::metrics {

// [labels, predictions] of class numbers, `weights` (undefined: 1) for each. 2.x throws InvalidArgumentError for
// numbers out of range, Keras 3 leaves them out.
Tensor confusion_matrix(const Tensor& y_true, const Tensor& y_pred, const Tensor& weights, std::int64_t num_classes,
                        std::optional<std::int64_t> ignore_class, DType dtype);

}  // namespace hornbeam::metrics
