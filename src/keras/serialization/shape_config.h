// Shapes in configs: [null, 32].
#pragma once

#include <optional>

#include "hornbeam/fields.hpp"

namespace hornbeam {

// Null when the rank is unknown.
inline Config shape_config(const Shape& shape) { return shape.has_rank() ? field_to_config(shape) : Config(); }

// The shape that a list of dims tells; nothing when this is no such list.
inline std::optional<Shape> shape_if_any(const Config& config) {
  if (!config.is_list()) return std::nullopt;
  for (const auto& dim : config.as_list()) {
    if (!dim.is_null() && !dim.is_int()) return std::nullopt;
  }
  Shape shape;
  field_from_config(config, shape);
  return shape;
}

}  // namespace hornbeam
