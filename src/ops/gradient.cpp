#include "ops/gradient.h"

#include "ops/int_values.h"

namespace hornbeam {
namespace {

Tensor reduce_sum(const Tensor& x, const Tensor& axes, bool keep) {
  return call_op1("Sum", {x, axes}, {{"keep_dims", keep}});
}

// The dims, of which at most one may be unknown, as Reshape takes them; undefined when they do not say it all.
Tensor reshape_target(const Shape& shape) {
  if (!shape.has_rank()) return {};
  int unknown = 0;
  bool empty = false;
  for (const auto d : shape) {
    unknown += d < 0;
    empty |= d == 0;
  }
  if (unknown > 1 || (unknown == 1 && empty)) return {};
  return int32_vector(shape.dims());  // None is -1
}

// One for each axis that is reduced, by the input's rank.
Tensor reduced_mask(const Tensor& input_shape, const Tensor& axes) {
  const auto rank = ops::size(input_shape);
  auto flat = ops::reshape(axes, Shape{None});
  if (flat.dtype() != DType::int32) flat = ops::cast(flat, DType::int32);
  const auto one = Tensor::scalar<std::int32_t>(1), zero = Tensor::scalar<std::int32_t>(0);
  return ops::reduce_sum(call_op1("OneHot", {ops::mod(flat, rank), rank, one, zero}, {{"axis", std::int64_t{-1}}}), 0);
}

}  // namespace

Tensor GradientContext::grad(std::size_t i) const {
  return grads_[i].defined() ? grads_[i] : ops::zeros_like(outputs_[i]);
}

Tensor shape_of(const Tensor& x, DType dtype) {
  if (!x.shape().is_fully_known()) return call_op1("Shape", {x}, {{"out_type", dtype}});
  if (dtype == DType::int32) return int32_vector(x.shape().dims());
  const auto& dims = x.shape().dims();
  return Tensor::from<std::int64_t>({static_cast<std::int64_t>(dims.size())}, dims);
}

Tensor reshape_like(const Tensor& value, const Tensor& x) {
  if (x.shape().is_fully_known() && value.shape() == x.shape()) return value;
  const auto target = reshape_target(x.shape());
  return call_op1("Reshape", {value, target.defined() ? target : shape_of(x)});
}

Tensor BroadcastSums::sum(const Tensor& grad, const Tensor& x, const Tensor& y) {
  const auto &a = x.shape(), &b = y.shape();
  bool unsure = !a.has_rank() || !b.has_rank();
  const auto rank = std::max(a.rank(), b.rank());
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < rank && !unsure; ++i) {
    const bool missing = i + a.rank() < rank;
    const auto d = missing ? 1 : a[i + a.rank() - rank];
    const auto other = i + b.rank() < rank ? 1 : b[i + b.rank() - rank];
    if (missing || (d == 1 && other != 1)) axes.push_back(static_cast<std::int64_t>(i));
    unsure = d < 0 && other != 1;
  }
  if (unsure) {
    const auto args = call_op("BroadcastGradientArgs", {shape_of(x), shape_of(y)});
    return call_op1("Reshape", {reduce_sum(grad, args[0], true), shape_of(x)});
  }
  if (axes.empty()) return grad;
  const auto dropped = rank - a.rank();
  if (axes.size() == dropped) return reduce_sum(grad, int32_vector(axes), false);
  const auto kept = reduce_sum(grad, int32_vector(axes), true);
  return dropped == 0 ? kept : reshape_like(kept, x);
}

std::optional<std::vector<std::int64_t>> known_ints(const Tensor& t) {
  if (!t.is_concrete()) return std::nullopt;
  return int_values(t);
}

Tensor kept_shape(const Tensor& input, const Tensor& axes) {
  const auto known = known_ints(axes);
  if (known && input.shape().has_rank()) {
    Shape kept = input.shape();
    const auto rank = static_cast<std::int64_t>(kept.rank());
    for (const auto axis : *known) kept[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = 1;
    if (const auto target = reshape_target(kept); target.defined()) return target;
  }
  const auto shape = shape_of(input), mask = reduced_mask(shape, axes);
  return shape * (1 - mask) + mask;
}

Tensor keep_dims(const Tensor& reduced, const Tensor& input, const Tensor& axes, const Attrs& attrs) {
  if (attrs.b("keep_dims")) return reduced;
  return call_op1("Reshape", {reduced, kept_shape(input, axes)});
}

Attrs pick(const Attrs& attrs, std::initializer_list<std::string_view> names) {
  Attrs picked;
  for (const auto name : names) {
    if (const auto* value = attrs.find(name)) picked.set(name, *value);
  }
  return picked;
}

}  // namespace hornbeam
