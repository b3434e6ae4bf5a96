// What the equation of an EinsumDense says of its weights.
#pragma once

#include <optional>
#include <string>

#include "hornbeam/shape.hpp"

namespace hornbeam {

struct EinsumWeights {
  Shape kernel;
  std::optional<Shape> bias;
};
// `output_shape` is without the batch and what "..." stands for; None where the input says it. Throws ValueError in
// Keras's words.
EinsumWeights einsum_weights(const std::string& equation, const std::optional<std::string>& bias_axes,
                             const Shape& input_shape, const Shape& output_shape);

}  // namespace hornbeam
