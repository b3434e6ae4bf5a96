#include "hornbeam/layers/dot.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

constexpr const char* kTwoInputs = "A `Dot` layer should be called on a list of 2 inputs.";

Tensor dims_of(const Tensor& shape, std::int64_t first, std::int64_t last) {
  return ops::strided_slice(shape, {first}, {last}, {1});
}

// The axis moved to place `to`; the others keep their order.
Tensor moved(const Tensor& x, std::size_t axis, std::size_t to) {
  if (axis == to) return x;
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (i != axis) order.push_back(static_cast<std::int64_t>(i));
  }
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), static_cast<std::int64_t>(axis));
  return ops::transpose(x, order);
}

// For each sample, the products of x's vectors along its axis and y's along its own.
Tensor batch_dot(const Tensor& x, std::size_t x_axis, const Tensor& y, std::size_t y_axis) {
  const auto batch = Tensor::from<std::int32_t>({1}, {-1});
  if (x.rank() <= 3 && y.rank() <= 3) {
    const auto a = x.rank() == 2 ? ops::expand_dims(x, 1) : x;
    const auto b = y.rank() == 2 ? ops::expand_dims(y, 2) : y;
    const auto product = ops::matmul(a, b, x.rank() == 3 && x_axis == 1, y.rank() == 3 && y_axis == 2);
    if (x.rank() == 2) return ops::squeeze(product, {1});
    return y.rank() == 2 ? ops::squeeze(product, {2}) : product;
  }
  // The dims that stay are one while the product is made.
  const auto last = x.rank() - 1;
  const auto a = moved(x, x_axis, last), b = moved(y, y_axis, 1);
  const auto a_shape = ops::shape(a), b_shape = ops::shape(b);
  const auto size = static_cast<std::int64_t>(last);
  const auto flat_a =
      ops::reshape(a, ops::concat({dims_of(a_shape, 0, 1), batch, dims_of(a_shape, size, size + 1)}, 0));
  const auto flat_b = ops::reshape(b, ops::concat({dims_of(b_shape, 0, 2), batch}, 0));
  const auto rank = static_cast<std::int64_t>(y.rank());
  return ops::reshape(ops::matmul(flat_a, flat_b),
                      ops::concat({dims_of(a_shape, 0, size), dims_of(b_shape, 2, rank)}, 0));
}

}  // namespace

DotLayer::DotLayer(const std::vector<std::int64_t>& axes, const DotOptions& options)
    : Layer(options.layer()), normalize_(options.normalize) {
  axes_ = axes.size() == 1 ? Config(axes[0]) : Config(axes);
  check();
}

void DotLayer::check() {
  supports_masking_ = true;
  if (axes_.is_int()) return;
  if (!axes_.is_list()) throw TypeError("Invalid type for `axes` - should be a list or an int.");
  if (axes_.size() != 2) throw ValueError("Invalid format for `axes` - should contain two elements.");
  if (std::ranges::all_of(axes_.as_list(), [](const Config& axis) { return axis.is_int(); })) return;
  throw ValueError("Invalid format for `axes` - list elements should be \"int\".");
}

std::pair<std::int64_t, std::int64_t> DotLayer::axes_for(std::size_t rank, std::size_t other_rank) const {
  const auto within = [](std::int64_t axis, std::size_t size) {
    const auto n = static_cast<std::int64_t>(size);
    if (axis < -n || axis >= n) throw IndexError("tuple index out of range");
    return axis < 0 ? axis + n : axis;
  };
  const auto given = axes_.as_ints();
  return {within(given[0], rank), within(given.back(), other_rank)};
}

void DotLayer::build(const std::vector<Shape>& shapes) {
  if (shapes.size() != 2) throw ValueError(kTwoInputs);
  if (!shapes[0].has_rank() || !shapes[1].has_rank()) return;
  const auto [a, b] = axes_for(shapes[0].rank(), shapes[1].rank());
  const auto x = shapes[0].dim(a), y = shapes[1].dim(b);
  if (x == y || x < 0 || y < 0) return;
  throw ValueError("Dimension incompatibility " + std::to_string(x) + " != " + std::to_string(y) +
                   ". Layer shapes: " + shapes[0].to_string() + ", " + shapes[1].to_string() +
                   ". Chosen axes: " + std::to_string(a) + ", " + std::to_string(b));
}

Values DotLayer::call(const Values& inputs, CallContext&) {
  if (!inputs.is_list() || inputs.size() != 2) throw ValueError(kTwoInputs);
  const Tensor x = inputs[0], y = inputs[1];
  const auto [a, b] = axes_for(x.rank(), y.rank());
  if (x.rank() < 2 || y.rank() < 2) {
    throw ValueError("Cannot do batch_dot on inputs with rank < 2. Received inputs with shapes " +
                     x.shape().to_string() + " and " + y.shape().to_string() + ".");
  }
  if (a == 0 || b == 0) {
    throw ValueError(
        "Cannot perform batch_dot over axis 0. If your inputs are not batched, add a dummy batch dimension to your "
        "inputs using K.expand_dims(x, 0)");
  }
  // Of the square: Keras 3 divides by at least 1e-7.
  const double epsilon = current_target() == Target::keras3 ? 1e-14 : 1e-12;
  const auto normal = [&](const Tensor& t, std::int64_t axis) {
    return normalize_ ? ops::l2_normalize(t, axis, epsilon) : t;
  };
  return batch_dot(normal(x, a), static_cast<std::size_t>(a), normal(y, b), static_cast<std::size_t>(b));
}

}  // namespace hornbeam

HB_REGISTER(layer_dot) { hornbeam::register_builtin<hornbeam::DotLayer>(); }
