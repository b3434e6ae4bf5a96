// Names of the built-in activations.
#include "keras/activations/builtin.h"

#include <map>

#include "hornbeam/activations.hpp"

namespace hornbeam {
namespace {

using Plain = Tensor (*)(const Tensor&);

const std::map<std::string, Plain, std::less<>>& table() {
  using T = const Tensor&;
  static const std::map<std::string, Plain, std::less<>> t = {
      {"celu", [](T x) { return activations::celu(x); }},
      {"elu", [](T x) { return activations::elu(x); }},
      {"exponential", activations::exponential},
      {"gelu", [](T x) { return activations::gelu(x); }},
      {"glu", [](T x) { return activations::glu(x); }},
      {"hard_shrink", [](T x) { return activations::hard_shrink(x); }},
      {"hard_sigmoid", activations::hard_sigmoid},
      {"hard_sigmoid_keras3", activations::hard_sigmoid_keras3},
      {"hard_silu", activations::hard_silu},
      {"hard_swish", activations::hard_silu},
      {"hard_tanh", activations::hard_tanh},
      {"leaky_relu", [](T x) { return activations::leaky_relu(x); }},
      {"linear", activations::linear},
      {"log_sigmoid", activations::log_sigmoid},
      {"log_softmax", [](T x) { return activations::log_softmax(x); }},
      {"mish", activations::mish},
      {"relu", [](T x) { return activations::relu(x); }},
      {"relu6", activations::relu6},
      {"selu", activations::selu},
      {"sigmoid", activations::sigmoid},
      {"silu", activations::swish},
      {"soft_shrink", [](T x) { return activations::soft_shrink(x); }},
      {"softmax", [](T x) { return activations::softmax(x); }},
      {"softmax_v2", [](T x) { return activations::softmax(x); }},
      {"softplus", activations::softplus},
      {"softsign", activations::softsign},
      {"sparse_plus", activations::sparse_plus},
      {"sparse_sigmoid", activations::sparse_sigmoid},
      {"sparsemax", [](T x) { return activations::sparsemax(x); }},
      {"squareplus", [](T x) { return activations::squareplus(x); }},
      {"swish", activations::swish},
      {"tanh", activations::tanh},
      {"tanh_shrink", activations::tanh_shrink},
  };
  return t;
}

}  // namespace

Tensor (*find_builtin_activation(const std::string& name))(const Tensor&) {
  const auto it = table().find(name);
  return it == table().end() ? nullptr : it->second;
}

namespace activations {

std::optional<Activation> by_name(const std::string& name, bool keras3) {
  const auto here = keras3 ? name_from_keras3(name) : name;
  const auto function = find_builtin_activation(here);
  if (!function) return std::nullopt;
  return Activation(here, function);
}

std::string name_from_keras3(const std::string& name) { return name == "hard_sigmoid" ? "hard_sigmoid_keras3" : name; }
std::string name_for_keras3(const std::string& name) { return name == "hard_sigmoid_keras3" ? "hard_sigmoid" : name; }

}  // namespace activations
}  // namespace hornbeam
