#include "keras/layers/attention/equations.h"

#include <algorithm>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

char letter(std::size_t i) {
  if (i >= 26) throw ValueError("string index out of range: attention has at most 26 dimensions");
  return static_cast<char>('a' + i);
}

std::string letters(std::size_t from, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += letter(from + i);
  return text;
}

}  // namespace

ProjectionEquation projection_equation(std::size_t free, std::size_t bound, const std::vector<std::int64_t>& made) {
  const auto kept = letters(0, free), summed = letters(free, bound);
  const auto output = letters(free + bound, made.size());
  ProjectionEquation result{kept + summed + "," + summed + output + "->" + kept + output, output, {}};
  for (std::size_t i = 1; i < free; ++i) result.output_shape.push_back(None);
  for (const auto size : made) result.output_shape.push_back(size);
  return result;
}

AttentionEquations attention_equations(std::size_t rank, const std::vector<std::int64_t>& given) {
  std::vector<std::size_t> axes;
  const auto size = static_cast<std::int64_t>(rank);
  for (const auto axis : given) {
    if (axis < -size || axis >= size) {
      throw IndexError("index " + std::to_string(axis) + " is out of bounds for axis 0 with size " +
                       std::to_string(rank));
    }
    axes.push_back(static_cast<std::size_t>(axis < 0 ? axis + size : axis));
  }
  const auto is_axis = [&](std::size_t i) { return std::find(axes.begin(), axes.end(), i) != axes.end(); };
  const auto target = letters(0, rank);
  std::string source, product;
  auto next = rank;
  for (std::size_t i = 0; i < rank; ++i) {
    const bool own = is_axis(i) && i + 1 != rank;
    source += own ? letter(next++) : target[i];
    if (!is_axis(i) && i + 1 != rank) product += target[i];  // batch dims, the heads among them
  }
  for (const auto axis : axes) product += target[axis];
  for (const auto axis : axes) product += source[axis];
  return {source + "," + target + "->" + product, product + "," + source + "->" + target, product.size()};
}

}  // namespace hornbeam
