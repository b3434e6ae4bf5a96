#include "keras/saving/legacy_weights.h"

#include <array>
#include <string_view>

namespace hornbeam {

std::vector<Variable> legacy_weights(const Layer& layer) {
  auto weights = layer.trainable_weights();
  for (const auto& v : layer.non_trainable_weights()) weights.push_back(v);
  return weights;
}

std::vector<Variable> top_level_weights(const Model& model) {
  std::vector<Variable> weights;
  for (const bool trainable : {true, false}) {
    for (const auto& w : model.own_weights()) {
      if (w.variable->trainable() == trainable) weights.push_back(w.variable);
    }
  }
  return weights;
}

std::vector<std::int64_t> legacy_permutation(const Layer& layer, const Shape& wanted, const Shape& found) {
  // Keras turns any convolution kernel whose shape differs into (3, 2, 0, 1): filters first becomes filters last.
  static constexpr std::array<std::string_view, 4> kConvolutions{"Conv1D", "Conv2D", "Conv2DTranspose", "ConvLSTM2D"};
  const auto name = layer.class_name();
  bool convolution = false;
  for (const auto c : kConvolutions) convolution |= name == c;
  if (!convolution || wanted.rank() != 4 || found.rank() != 4) return {};
  const std::vector<std::int64_t> order{3, 2, 0, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    if (wanted[i] != found[static_cast<std::size_t>(order[i])]) return {};
  }
  return order;
}

}  // namespace hornbeam
