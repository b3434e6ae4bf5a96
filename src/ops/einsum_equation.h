// Einsum's equation on given shapes: labels, their sizes, and how each operand is walked along them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/shape.hpp"

namespace hornbeam {

// Letters are labels by their code; the dims of "..." are kEllipsis + their distance from the right.
using Label = int;
inline constexpr Label kEllipsis = 1000;
using Labels = std::vector<Label>;

struct EinsumEquation {
  std::vector<Labels> inputs;  // kEllipsis alone stands for "..."
  Labels output;

  // Throws InvalidArgumentError in TensorFlow's words.
  static EinsumEquation parse(const std::string& text);
};

// The equation with "..." written out for inputs of these shapes, and each label's size (None when not known).
struct ResolvedEinsum {
  std::vector<Labels> inputs;
  Labels output;
  std::vector<std::pair<Label, std::int64_t>> sizes;

  std::int64_t size(Label label) const;
  Shape output_shape() const;
  // The element stride along `label` in an operand of this shape: the sum over its places (a diagonal when it repeats),
  // 0 where it is absent or its dim is 1.
  static std::int64_t stride(const Labels& labels, const Shape& shape, Label label);
};
// Empty when an unknown rank leaves "..." open. Throws InvalidArgumentError.
bool resolve_einsum(const EinsumEquation& equation, const std::vector<Shape>& shapes, ResolvedEinsum& result);

}  // namespace hornbeam
