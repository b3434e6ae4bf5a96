// The `axis` setting of normalizations.
#pragma once

#include <cstdint>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/dtype.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam {

struct AxisDims {
  std::vector<std::int64_t> axes;  // counted from the front
  std::vector<std::int64_t> dims;  // of the input there
};
// `axis`: an int or a list. Throws ValueError in Keras's words: an axis that the input does not have, an unknown dim.
AxisDims axis_dims(const Config& axis, const Shape& input_shape);

// The axes counted from the front. Throws ValueError in the words of Group- and UnitNormalization.
std::vector<std::int64_t> validated_axes(const Config& axis, const Shape& input_shape);

// What statistics are summed up in: half precision loses the variance.
inline DType statistics_dtype(DType dtype) {
  return dtype == DType::float16 || dtype == DType::bfloat16 ? DType::float32 : dtype;
}

}  // namespace hornbeam
