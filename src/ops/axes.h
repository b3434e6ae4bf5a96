// Axis arguments of ops.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hornbeam/errors.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam {

// TensorFlow's spelling of a shape in kernel errors: "[2,?,3]".
inline std::string bracketed(const Shape& shape) {
  if (!shape.has_rank()) return "<unknown>";
  std::string s = "[";
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (i) s += ",";
    s += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return s + "]";
}

// `axis` counted from the front; empty when a tensor of this rank has no such axis.
inline std::optional<std::size_t> axis_from_front(std::int64_t axis, std::size_t rank) {
  const auto n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + n : axis);
}

// Which dims of a tensor of this rank are reduced. Throws InvalidArgumentError in TensorFlow's words.
inline std::vector<bool> reduced_dims(std::size_t rank, const std::vector<std::int64_t>& axes) {
  std::vector<bool> reduced(rank, false);
  for (const auto axis : axes) {
    const auto found = axis_from_front(axis, rank);
    if (!found) {
      throw InvalidArgumentError("Invalid reduction dimension " + std::to_string(axis) + " for input with " +
                                 std::to_string(rank) + " dimensions.");
    }
    if (reduced[*found]) {
      throw InvalidArgumentError("Invalid reduction arguments: Axes contains duplicate dimension: " +
                                 std::to_string(*found));
    }
    reduced[*found] = true;
  }
  return reduced;
}

}  // namespace hornbeam
