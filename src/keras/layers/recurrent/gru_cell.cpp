#include "hornbeam/layers/builtin_cells.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/register.h"

namespace hornbeam {

// With reset_after the recurrent product has a bias of its own.
Shape GRUCellLayer::bias_shape() const { return s_.reset_after ? Shape{2, 3 * s_.units} : BuiltinCell::bias_shape(); }

CellStep GRUCellLayer::step(const Values& inputs, const std::vector<Tensor>& states, CallContext& context) {
  const auto h = by_gates() ? step_by_gates(inputs, states[0], context) : step_at_once(inputs, states[0], context);
  return {h, {h}};
}

Tensor GRUCellLayer::step_by_gates(const Tensor& inputs, const Tensor& h, CallContext& context) const {
  const auto x = dropped_inputs(inputs, context), h_of = dropped_state(h, context);
  const auto w = by_gate(kernel), u = by_gate(recurrent_kernel);
  std::vector<Tensor> b(3), b_recurrent(3);
  if (s_.use_bias && s_.reset_after) {
    const auto both = ops::unstack(bias, 0);
    b = by_gate(both[0]);
    b_recurrent = by_gate(both[1]);
  } else if (s_.use_bias) {
    b = by_gate(bias);
  }
  const auto of_x = [&](std::size_t i) { return add_bias(ops::matmul(x[i], w[i]), b[i]); };
  const auto of_h = [&](std::size_t i) {
    const auto product = ops::matmul(h_of[i], u[i]);
    return s_.reset_after ? add_bias(product, b_recurrent[i]) : product;
  };
  const auto update = s_.recurrent_activation(of_x(0) + of_h(0));
  const auto reset = s_.recurrent_activation(of_x(1) + of_h(1));
  const auto recurrent = s_.reset_after ? reset * of_h(2) : ops::matmul(reset * h_of[2], u[2]);
  return update * h + (1 - update) * s_.activation(of_x(2) + recurrent);
}

Tensor GRUCellLayer::step_at_once(const Tensor& inputs, const Tensor& h, CallContext& context) const {
  std::vector<Tensor> b(2);
  if (s_.use_bias && s_.reset_after) {
    b = ops::unstack(bias, 0);
  } else if (s_.use_bias) {
    b[0] = bias;
  }
  const auto x = by_gate(add_bias(ops::matmul(dropped_inputs(inputs, context)[0], kernel), b[0]));
  if (s_.reset_after) {
    const auto of_h = by_gate(add_bias(ops::matmul(h, recurrent_kernel), b[1]));
    const auto update = s_.recurrent_activation(x[0] + of_h[0]), reset = s_.recurrent_activation(x[1] + of_h[1]);
    return update * h + (1 - update) * s_.activation(x[2] + reset * of_h[2]);
  }
  const auto u = ops::split(recurrent_kernel, {2 * s_.units, s_.units}, -1);
  const auto of_h = ops::split(ops::matmul(h, u[0]), 2, -1);
  const auto update = s_.recurrent_activation(x[0] + of_h[0]), reset = s_.recurrent_activation(x[1] + of_h[1]);
  return update * h + (1 - update) * s_.activation(x[2] + ops::matmul(reset * h, u[1]));
}

}  // namespace hornbeam

HB_REGISTER(layer_gru_cell) { hornbeam::register_builtin<hornbeam::GRUCellLayer>(); }
