#include "keras/losses/margins.h"

#include "hornbeam/ops.hpp"

namespace hornbeam::losses {

Tensor hinge_margins(const Tensor& y_true, const Tensor& y_pred) {
  const auto given = ops::cast(y_true, y_pred.dtype());
  const auto binary = ops::reduce_all(ops::logical_or(ops::equal(given, 0.0), ops::equal(given, 1.0)));
  const auto signs = ops::where(binary, 2.0 * given - 1.0, given);
  return ops::maximum(1.0 - signs * y_pred, 0.0);
}

}  // namespace hornbeam::losses
