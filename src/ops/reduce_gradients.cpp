// Gradients of the reductions.
#include "ops/int_values.h"
#include "ops/reduce.h"

namespace hornbeam {
namespace {

Tensor broadcast_like(const Tensor& value, const Tensor& x) {
  if (x.shape().is_fully_known() && value.shape() == x.shape()) return value;
  return call_op1("BroadcastTo", {value, shape_of(x)});
}

Tensor kept(const GradientContext& c, const Tensor& t) { return keep_dims(t, c.input(0), c.input(1), c.attrs()); }

// A flat list of the axes that are reduced, then of the others, as int32.
struct AxesApart {
  Tensor reduced, others;
};
AxesApart axes_apart(const Tensor& x, const Tensor& axes) {
  if (const auto known = known_ints(axes); known && x.shape().has_rank()) {
    const auto reduced = reduced_dims(x.rank(), *known);
    std::vector<std::int64_t> in, out;
    for (std::size_t i = 0; i < reduced.size(); ++i) (reduced[i] ? in : out).push_back(static_cast<std::int64_t>(i));
    return {int32_vector(in), int32_vector(out)};
  }
  const auto rank = ops::rank(x);
  const auto flat = ops::mod(ops::reshape(ops::cast(axes, DType::int32), Shape{None}), rank);
  const auto one = Tensor::scalar<std::int32_t>(1), zero = Tensor::scalar<std::int32_t>(0);
  const auto rows = call_op1("OneHot", {flat, rank, one, zero}, {{"axis", std::int64_t{-1}}});
  const auto mask = ops::reduce_max(rows, 0);
  const auto places = [](const Tensor& where) {
    return ops::reshape(ops::cast(ops::where(where), DType::int32), Shape{None});
  };
  return {places(ops::greater(mask, 0)), places(ops::less_equal(mask, 0))};
}

Tensor dims_at(const Tensor& x, const Tensor& axes) { return ops::gather(shape_of(x), axes); }

}  // namespace

Tensors sum_gradient(const GradientContext& c) { return {broadcast_like(kept(c, c.grad()), c.input(0)), {}}; }

Tensors mean_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &y = c.output();
  const auto grad = c.grad();
  Tensor count;
  if (x.shape().is_fully_known() && y.shape().is_fully_known()) {
    const auto n = x.num_elements() / std::max<std::int64_t>(1, y.num_elements());
    count = ops::scalar(grad.dtype(), static_cast<double>(n));
  } else {
    count = ops::cast(ops::floor_div(ops::size(x), ops::maximum(ops::size(y), 1)), grad.dtype());
  }
  return {broadcast_like(kept(c, grad / count), x), {}};
}

// Shared out evenly among those that are equal to the result.
Tensors extreme_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &axes = c.input(1);
  const auto y = kept(c, c.output()), grad = kept(c, c.grad());
  const auto chosen = ops::cast(ops::equal(y, x), grad.dtype());
  const auto count = call_op1("Sum", {chosen, axes}, {{"keep_dims", true}});
  return {chosen / count * grad, {}};
}

// The product of the others, without dividing: what stands before times what stands behind.
Tensors prod_gradient(const GradientContext& c) {
  const auto& x = c.input(0);
  const auto grad = broadcast_like(kept(c, c.grad()), x);
  const auto [reduced, others] = axes_apart(x, c.input(1));
  const auto perm = call_op1("ConcatV2", {reduced, others, Tensor::scalar<std::int32_t>(0)});
  const auto rows = ops::reduce_prod(dims_at(x, reduced)), columns = ops::reduce_prod(dims_at(x, others));
  const auto permuted = call_op1("Transpose", {x, perm});
  const auto flat = ops::reshape(permuted, ops::stack({rows, columns}));
  const auto left = ops::cumprod(flat, 0, true, false), right = ops::cumprod(flat, 0, true, true);
  const auto products = ops::reshape(left * right, shape_of(permuted));
  return {reshape_like(grad * call_op1("Transpose", {products, call_op1("InvertPermutation", {perm})}), x), {}};
}

Tensors euclidean_norm_gradient(const GradientContext& c) {
  return {c.input(0) / (kept(c, c.output()) / kept(c, c.grad())), {}};
}

}  // namespace hornbeam
