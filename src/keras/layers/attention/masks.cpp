#include "keras/layers/attention/masks.h"

#include "hornbeam/activations.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/dim_of.h"

namespace hornbeam {
namespace {

// 0, 1, ... along the second dim of x.
Tensor steps_of(const Tensor& x) {
  if (const auto length = x.shape().has_rank() ? x.shape()[1] : None; length >= 0) return ops::range(0, length);
  return ops::range(Tensor::scalar(std::int32_t{0}), dim_of(x, 1), Tensor::scalar(std::int32_t{1}));
}

Tensor softmax_over(const Tensor& x, const std::vector<std::int64_t>& axes) {
  if (axes.empty()) throw IndexError("tuple index out of range");  // attention over no axis
  if (axes.size() == 1) return activations::softmax(x, axes[0]);
  return ops::exp(x - ops::reduce_logsumexp(x, axes, /*keepdims=*/true));
}

Tensor as_bool(const Tensor& mask) { return mask.dtype() == DType::boolean ? mask : ops::greater(mask, 0.5); }

}  // namespace

Tensor both_masks(const Tensor& a, const Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? ops::logical_and(a, b) : a;
}

Tensor causal_mask(const Tensor& query, const Tensor& value) {
  return ops::greater_equal(ops::expand_dims(steps_of(query), 1), ops::expand_dims(steps_of(value), 0));
}

Tensor window_mask(const Tensor& query, const Tensor& value, std::int64_t width) {
  const auto distance = ops::expand_dims(steps_of(query), 1) - ops::expand_dims(steps_of(value), 0);
  return ops::less(ops::abs(distance), width);
}

Tensor masked_softmax(const Tensor& scores, const Tensor& mask, const std::vector<std::int64_t>& axes, bool robust) {
  if (!mask.defined()) return softmax_over(scores, axes);
  const bool half = scores.dtype() == DType::float16;
  if (current_target() == Target::keras3) {
    // Where everything is masked no weight is left.
    const auto allowed = as_bool(mask);
    const auto low = ops::constant(half ? -3e4 : -1e9, scores.dtype());
    return ops::where(allowed, softmax_over(ops::where(allowed, scores, low), axes), ops::constant(0, scores.dtype()));
  }
  const double low = half ? -65504.0 : -1e9;
  if (robust) return softmax_over(ops::where(as_bool(mask), scores, ops::constant(low, scores.dtype())), axes);
  return softmax_over(scores + (1.0 - ops::cast(mask, scores.dtype())) * low, axes);
}

}  // namespace hornbeam
