#include "ops/recurrent/cell_activation.h"

#include <array>
#include <utility>

namespace hornbeam {

std::optional<kernels::Activation> cell_activation(std::string_view name) {
  using kernels::Unary;
  static const std::array<std::pair<std::string_view, kernels::Activation>, 12> known{{
      {"tanh", {Unary::kTanh}},
      {"sigmoid", {Unary::kSigmoid}},
      {"hard_sigmoid", {Unary::kHardSigmoid, 0.2F, 0.5F}},
      {"hard_sigmoid_3", {Unary::kHardSigmoid, 1.0F / 6.0F, 0.5F}},
      {"relu", {Unary::kRelu}},
      {"relu6", {Unary::kRelu6}},
      {"linear", {}},
      {"elu", {Unary::kElu, 1}},
      {"selu", {Unary::kSelu}},
      {"softsign", {Unary::kSoftsign}},
      {"softplus", {Unary::kSoftplus}},
      {"exponential", {Unary::kExp}},
  }};
  for (const auto& [known_name, activation] : known) {
    if (known_name == name) return activation;
  }
  return std::nullopt;
}

}  // namespace hornbeam
