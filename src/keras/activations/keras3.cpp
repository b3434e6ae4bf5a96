// The activations that Keras 3 added or changed.
#include "hornbeam/activations.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam::activations {

Tensor hard_sigmoid_keras3(const Tensor& x) { return ops::relu6(x + 3.0) / 6.0; }
Tensor hard_silu(const Tensor& x) { return x * hard_sigmoid_keras3(x); }
Tensor hard_tanh(const Tensor& x) { return ops::clip_by_value(x, -1.0, 1.0); }
Tensor tanh_shrink(const Tensor& x) { return x - ops::tanh(x); }
Tensor log_sigmoid(const Tensor& x) { return -ops::softplus(-x); }
Tensor squareplus(const Tensor& x, double b) { return (x + ops::sqrt(ops::square(x) + b)) / 2.0; }

Tensor celu(const Tensor& x, double alpha) {
  return ops::maximum(x, 0.0) + alpha * ops::expm1(ops::minimum(x, 0.0) / alpha);
}

Tensor glu(const Tensor& x, std::int64_t axis) {
  const auto size = x.shape().dim(axis);
  if (size < 0 || size % 2 != 0) {
    throw ValueError("axis size must be divisible by 2. Received: x.shape=" + x.shape().to_string() +
                     " with axis=" + std::to_string(axis));
  }
  const auto halves = ops::split(x, 2, axis);
  return halves[0] * ops::sigmoid(halves[1]);
}

Tensor hard_shrink(const Tensor& x, double threshold) {
  return ops::where(ops::greater(ops::abs(x), threshold), x, ops::zeros_like(x));
}

Tensor soft_shrink(const Tensor& x, double threshold) {
  const auto low = ops::where(ops::less(x, -threshold), x + threshold, ops::zeros_like(x));
  return ops::where(ops::greater(x, threshold), x - threshold, low);
}

Tensor threshold(const Tensor& x, double threshold, double default_value) {
  return ops::where(ops::greater(x, threshold), x, ops::scalar(x.dtype(), default_value));
}

Tensor sparse_plus(const Tensor& x) {
  const auto middle = 0.25 * ops::pow(x + 1.0, 2.0);
  return ops::where(ops::less_equal(x, -1.0), ops::zeros_like(x), ops::where(ops::less(x, 1.0), middle, x));
}

Tensor sparse_sigmoid(const Tensor& x) {
  const auto zero = ops::scalar(x.dtype(), 0.0), one = ops::scalar(x.dtype(), 1.0);
  return ops::where(ops::less_equal(x, -1.0), zero, ops::where(ops::greater_equal(x, 1.0), one, 0.5 * (x + 1.0)));
}

// As Keras 3 computes it, which sums the running sums of the whole support.
Tensor sparsemax(const Tensor& x, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(x.rank());
  if (axis < 0) axis += rank;
  const auto size = x.shape().dim(axis);
  if (size < 0) throw ValueError("sparsemax needs a known size of axis " + std::to_string(axis));
  std::vector<std::int64_t> swap(static_cast<std::size_t>(rank));
  for (std::int64_t i = 0; i < rank; ++i) swap[static_cast<std::size_t>(i)] = i;
  std::swap(swap[static_cast<std::size_t>(axis)], swap.back());
  const bool last = axis == rank - 1;
  const auto logits = last ? x : ops::transpose(x, swap);

  const auto sorted = ops::top_k(logits, size).values;
  const auto sums = ops::cumsum(sorted, -1);
  const auto r = ops::range(1, size + 1, 1, x.dtype());
  const auto support = ops::greater(sorted - (sums - 1.0) / r, 0.0);
  const auto count = ops::reduce_sum(ops::cast(support, x.dtype()), -1, /*keepdims=*/true);
  const auto inside = ops::where(support, sums, ops::scalar(x.dtype(), 0.0));
  const auto tau = (ops::reduce_sum(inside, -1, /*keepdims=*/true) - 1.0) / count;
  const auto y = ops::maximum(logits - tau, 0.0);
  return last ? y : ops::transpose(y, swap);
}

}  // namespace hornbeam::activations
