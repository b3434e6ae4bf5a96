#include "hornbeam/layers/prelu.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "keras/layers/register.h"

namespace hornbeam {

void PReLULayer::build(const Shape& input_shape) {
  const auto rank = static_cast<std::int64_t>(input_shape.rank());
  std::vector<std::int64_t> dims(input_shape.begin() + std::min<std::ptrdiff_t>(1, rank), input_shape.end());
  const auto shared = o_.shared_axes.value_or(std::vector<std::int64_t>{});
  for (const auto axis : shared) {
    // As Python's param_shape[axis - 1] = 1 does: an axis of 0 or less counts from the end, -1 being the last but one.
    const auto at = axis - 1 < 0 ? axis - 1 + rank - 1 : axis - 1;
    if (at < 0 || at >= rank - 1) {
      throw ValueError("Invalid value for argument `shared_axes` of PReLU: " + Config(shared).dump() +
                       ". The input has the axes 1 to " + std::to_string(rank - 1) +
                       " after the batch. Received: input_shape=" + input_shape.to_string());
    }
    dims[static_cast<std::size_t>(at)] = 1;
  }
  alpha = add_weight(
      "alpha", Shape(dims),
      {.initializer = o_.alpha_initializer, .regularizer = o_.alpha_regularizer, .constraint = o_.alpha_constraint});
  InputSpec spec{.ndim = input_shape.rank()};
  for (std::int64_t i = 1; !shared.empty() && i < rank; ++i) {
    if (std::ranges::find(shared, i) == shared.end() && input_shape.dim(i) >= 0) {
      spec.axes.emplace_back(i, input_shape.dim(i));
    }
  }
  input_spec_ = {spec};
}

Values PReLULayer::call(const Values& inputs, CallContext&) {
  const Tensor x = inputs;
  return ops::relu(x) + -Tensor(alpha) * ops::relu(-x);
}

}  // namespace hornbeam

HB_REGISTER(layer_prelu) { hornbeam::register_builtin<hornbeam::PReLULayer>(); }
