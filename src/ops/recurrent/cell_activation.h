// The activations of recurrent cells, by Keras's names, for the whole-sequence ops. Only functions whose derivative
// follows from their result: the gradient reads what the forward run kept.
#pragma once

#include <cmath>
#include <optional>
#include <string_view>

#include "ops/kernels/activation.h"

namespace hornbeam {

// "tanh", "sigmoid", "hard_sigmoid" (Keras 2's: clip(x / 5 + 0.5)), "hard_sigmoid_3" (Keras 3's: relu6(x + 3) / 6),
// "relu", "relu6", "linear", "elu", "selu", "softsign", "softplus", "exponential"; empty for other names.
std::optional<kernels::Activation> cell_activation(std::string_view name);

// 1/5 or 1/6, as near as C has it.
template <class C>
C hard_slope(const kernels::Activation& f) {
  return C(1) / std::round(C(1) / static_cast<C>(f.alpha));
}

// f(x)
template <class C>
C cell_value(const kernels::Activation& f, C x) {
  using kernels::Unary;
  switch (f.op) {
    case Unary::kTanh:
      return std::tanh(x);
    case Unary::kSigmoid:
      return C(1) / (C(1) + std::exp(-x));
    case Unary::kHardSigmoid:
      return std::fmin(std::fmax(hard_slope<C>(f) * x + C(0.5), C(0)), C(1));
    case Unary::kRelu:
      return x < C(0) ? C(0) : x;
    case Unary::kRelu6:
      return x < C(0) ? C(0) : x > C(6) ? C(6) : x;
    case Unary::kElu:
      return x < C(0) ? std::expm1(x) : x;
    case Unary::kSelu:
      return C(1.0507009873554804934193349852946) *
             (x < C(0) ? C(1.6732632423543772848170429916717) * std::expm1(x) : x);
    case Unary::kSoftsign:
      return x / (C(1) + std::fabs(x));
    case Unary::kSoftplus:
      return std::fmax(x, C(0)) + std::log1p(std::exp(-std::fabs(x)));
    case Unary::kExp:
      return std::exp(x);
    default:
      return x;
  }
}

// f'(x) from y = f(x)
template <class C>
C cell_slope(const kernels::Activation& f, C y) {
  using kernels::Unary;
  switch (f.op) {
    case Unary::kTanh:
      return C(1) - y * y;
    case Unary::kSigmoid:
      return y * (C(1) - y);
    case Unary::kHardSigmoid:
      return y > C(0) && y < C(1) ? hard_slope<C>(f) : C(0);
    case Unary::kRelu:
      return y > C(0) ? C(1) : C(0);
    case Unary::kRelu6:
      return y > C(0) && y < C(6) ? C(1) : C(0);
    case Unary::kElu:
      return y < C(0) ? y + C(1) : C(1);
    case Unary::kSelu:
      return y < C(0) ? y + C(1.7580993408473768599402175208123) : C(1.0507009873554804934193349852946);
    case Unary::kSoftsign:
      return (C(1) - std::fabs(y)) * (C(1) - std::fabs(y));
    case Unary::kSoftplus:
      return C(1) - std::exp(-y);
    case Unary::kExp:
      return y;
    default:
      return C(1);
  }
}

}  // namespace hornbeam
