#include "keras/layers/axis_dims.h"

#include <algorithm>

#include "hornbeam/errors.hpp"
#include "keras/layers/tuple_text.h"

namespace hornbeam {

AxisDims axis_dims(const Config& axis, const Shape& input_shape) {
  AxisDims out{axis.as_ints(), {}};
  const auto rank = static_cast<std::int64_t>(input_shape.rank());
  for (auto& a : out.axes) {
    if (a < -rank || a >= rank) {
      throw ValueError("Invalid axis: " + std::to_string(a < 0 ? a + rank : a) + ". The input has " +
                       std::to_string(rank) + " dims. Received: layer.axis=" + axis.dump());
    }
    if (a < 0) a += rank;
    out.dims.push_back(input_shape.dim(a));
    if (out.dims.back() >= 0) continue;
    throw ValueError("Input has undefined `axis` dimension. Input shape: " + input_shape.to_string() +
                     ". Axis value: " + axis.dump());
  }
  auto sorted = out.axes;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) throw ValueError("Duplicate axis: " + tuple_text(axis));
  return out;
}

std::vector<std::int64_t> validated_axes(const Config& axis, const Shape& input_shape) {
  const auto rank = static_cast<std::int64_t>(input_shape.rank());
  auto axes = axis.as_ints();
  for (auto& a : axes) {
    if (a < -rank || a >= rank) {
      throw ValueError("Invalid value for `axis` argument. Expected 0 <= axis < inputs.rank (with inputs.rank=" +
                       std::to_string(rank) +
                       "). Received: axis=" + tuple_text(axis.is_int() ? Config(Config::List{axis}) : axis));
    }
    if (a < 0) a += rank;
  }
  return axes;
}

}  // namespace hornbeam
