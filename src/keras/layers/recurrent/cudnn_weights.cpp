#include "keras/layers/recurrent/cudnn_weights.h"

#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

// Each gate's matrix of these numbers as [rows, columns], turned.
Tensor turned(const Tensor& gates_first, const Shape& shape) {
  return ops::transpose(ops::reshape(gates_first, shape), {0, 2, 1});
}
Tensor gates_first(const Tensor& kernel, std::int64_t gates) {
  const auto rows = kernel.shape()[0];
  return ops::transpose(ops::reshape(kernel, Shape{rows, gates, kernel.shape()[1] / gates}), {1, 0, 2});
}
Tensor side_by_side(const Tensor& gates_first) {
  const auto& s = gates_first.shape();
  return ops::reshape(ops::transpose(gates_first, {1, 0, 2}), Shape{s[1], s[0] * s[2]});
}

}  // namespace

Tensor kernel_from_cudnn(const Tensor& kernel, std::int64_t gates) {
  const auto features = kernel.shape()[0], units = kernel.shape()[1] / gates;
  return side_by_side(turned(gates_first(kernel, gates), {gates, units, features}));
}

Tensor kernel_to_cudnn(const Tensor& kernel, std::int64_t gates) {
  const auto features = kernel.shape()[0], units = kernel.shape()[1] / gates;
  const auto transposed = turned(gates_first(kernel, gates), {gates, features, units});
  return side_by_side(ops::reshape(transposed, Shape{gates, features, units}));
}

Tensor recurrent_kernel_transposed(const Tensor& kernel, std::int64_t gates) {
  const auto units = kernel.shape()[0];
  return side_by_side(turned(gates_first(kernel, gates), {gates, units, units}));
}

Tensor lstm_bias_from_cudnn(const Tensor& bias) {
  return ops::reduce_sum(ops::reshape(bias, Shape{2, bias.shape()[0] / 2}), {0});
}
Tensor lstm_bias_to_cudnn(const Tensor& bias) {
  const auto half = bias * 0.5;
  return ops::concat({half, half}, 0);
}
Tensor gru_bias_from_cudnn(const Tensor& bias) { return ops::reshape(bias, Shape{2, bias.shape()[0] / 2}); }
Tensor gru_bias_to_cudnn(const Tensor& bias) { return ops::reshape(bias, Shape{bias.num_elements()}); }

}  // namespace hornbeam
