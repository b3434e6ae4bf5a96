#include "ops/recurrent/decompose.h"

namespace hornbeam {
namespace {

struct Step {
  const Attrs& attrs;
  std::span<const Tensor> inputs;
  RecurrentInputs in;

  Tensor activation(const Tensor& x) const { return cell_activation_in_ops(attrs.s("activation"), x); }
  Tensor recurrent_activation(const Tensor& x) const {
    return cell_activation_in_ops(attrs.s("recurrent_activation"), x);
  }
  Tensor with_bias(const Tensor& z, const Tensor& bias) const { return in.bias ? call_op1("BiasAdd", {z, bias}) : z; }
  Tensor bias() const { return in.bias ? inputs[in.bias] : Tensor(); }
  Tensor of_input(const Tensor& x, const Tensor& bias) const {
    return with_bias(ops::matmul(x, inputs[in.kernel]), bias);
  }
  Tensor of_state(const Tensor& h) const { return ops::matmul(h, inputs[in.recurrent]); }
};

Tensors simple_rnn_step(const Step& s, const Tensor& x, std::span<const Tensor> states) {
  return {s.activation(s.of_input(x, s.bias()) + s.of_state(states[0]))};
}

Tensors lstm_step(const Step& s, const Tensor& x, std::span<const Tensor> states) {
  const auto gates = ops::split(s.of_input(x, s.bias()) + s.of_state(states[0]), 4, 1);
  const auto i = s.recurrent_activation(gates[0]), f = s.recurrent_activation(gates[1]);
  const auto c = f * states[1] + i * s.activation(gates[2]);
  return {s.recurrent_activation(gates[3]) * s.activation(c), c};
}

Tensors gru_step(const Step& s, const Tensor& x, std::span<const Tensor> states) {
  const auto& h = states[0];
  const auto blend = [&h](const Tensor& z, const Tensor& g) { return z * h + (1 - z) * g; };
  if (s.attrs.b("reset_after")) {
    const auto biases = s.in.bias ? ops::unstack(s.bias(), 0) : std::vector<Tensor>(2);
    const auto of_x = ops::split(s.of_input(x, biases[0]), 3, 1);
    const auto of_h = ops::split(s.with_bias(s.of_state(h), biases[1]), 3, 1);
    const auto z = s.recurrent_activation(of_x[0] + of_h[0]), r = s.recurrent_activation(of_x[1] + of_h[1]);
    return {blend(z, s.activation(of_x[2] + r * of_h[2]))};
  }
  const auto of_x = ops::split(s.of_input(x, s.bias()), 3, 1), u = ops::split(s.inputs[s.in.recurrent], 3, 1);
  const auto z = s.recurrent_activation(of_x[0] + ops::matmul(h, u[0]));
  const auto r = s.recurrent_activation(of_x[1] + ops::matmul(h, u[1]));
  return {blend(z, s.activation(of_x[2] + ops::matmul(r * h, u[2])))};
}

}  // namespace

Tensor cell_activation_in_ops(const std::string& name, const Tensor& x) {
  if (name == "linear") return x;
  if (name == "tanh") return ops::tanh(x);
  if (name == "sigmoid") return ops::sigmoid(x);
  if (name == "hard_sigmoid") return ops::clip_by_value(x * 0.2 + 0.5, 0.0, 1.0);
  if (name == "hard_sigmoid_3") return ops::relu6(x + 3.0) / 6.0;
  if (name == "relu") return ops::relu(x);
  if (name == "relu6") return ops::relu6(x);
  if (name == "elu") return ops::elu(x);
  if (name == "selu") return ops::selu(x);
  if (name == "softsign") return ops::softsign(x);
  if (name == "softplus") return ops::softplus(x);
  if (name == "exponential") return ops::exp(x);
  throw InvalidArgumentError("recurrent ops know no activation '" + name + "'");
}

std::vector<Tensor> recurrent_step(const OpDef& op, const Attrs& attrs, std::span<const Tensor> inputs, const Tensor& x,
                                   std::span<const Tensor> states) {
  const Step step{attrs, inputs, RecurrentInputs(attrs, states.size())};
  if (op.name == "_FusedLSTM") return lstm_step(step, x, states);
  if (op.name == "_FusedGRU") return gru_step(step, x, states);
  if (op.name == "_FusedSimpleRNN") return simple_rnn_step(step, x, states);
  throw InvalidArgumentError("Op '" + op.name + "' is no recurrent op");
}

}  // namespace hornbeam
