#include "hornbeam/layers/builtin_cells.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/recurrent/forget_bias.h"
#include "keras/layers/register.h"

namespace hornbeam {

Initializer LSTMCellLayer::bias_initializer() const {
  return s_.unit_forget_bias ? forget_bias(s_.bias_initializer, s_.units) : s_.bias_initializer;
}

CellStep LSTMCellLayer::step(const Values& inputs, const std::vector<Tensor>& states, CallContext& context) {
  const auto &h = states[0], &c = states[1];
  const auto x = dropped_inputs(inputs, context);
  std::vector<Tensor> z;  // before activation
  if (by_gates()) {
    const auto h_of = dropped_state(h, context);
    const auto w = by_gate(kernel), u = by_gate(recurrent_kernel);
    const auto b = s_.use_bias ? by_gate(bias) : std::vector<Tensor>(4);
    for (std::size_t i = 0; i < 4; ++i) {
      z.push_back(add_bias(ops::matmul(x[i], w[i]), b[i]) + ops::matmul(h_of[i], u[i]));
    }
  } else {
    const auto sum = ops::matmul(x[0], kernel) + ops::matmul(h, recurrent_kernel);
    z = by_gate(s_.use_bias ? add_bias(sum, bias) : sum);
  }
  const auto input = s_.recurrent_activation(z[0]), forget = s_.recurrent_activation(z[1]);
  const auto new_c = forget * c + input * s_.activation(z[2]);
  const auto new_h = s_.recurrent_activation(z[3]) * s_.activation(new_c);
  return {new_h, {new_h, new_c}};
}

}  // namespace hornbeam

HB_REGISTER(layer_lstm_cell) { hornbeam::register_builtin<hornbeam::LSTMCellLayer>(); }
