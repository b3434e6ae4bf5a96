#include "keras/losses/cosine.h"

#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam::losses {
namespace {

Tensor unit_vectors(const Tensor& x, std::int64_t axis) {
  if (current_target() != Target::keras3) return ops::l2_normalize(x, axis);
  const auto inverse = ops::rsqrt(ops::reduce_sum(ops::square(x), axis, /*keepdims=*/true));
  return x * ops::minimum(inverse, 1.0 / backend::epsilon());
}

}  // namespace

Tensor cosine_of(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  const auto truth = ops::cast(y_true, y_pred.dtype());
  return ops::reduce_sum(unit_vectors(truth, axis) * unit_vectors(y_pred, axis), axis);
}

}  // namespace hornbeam::losses
