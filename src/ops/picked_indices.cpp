#include "ops/picked_indices.h"

#include <string>

namespace hornbeam {
namespace {

[[noreturn]] void bad_index(const Shape& indices, std::int64_t flat, std::int64_t value, std::int64_t limit) {
  std::string at;
  for (std::size_t i = indices.rank(); i-- > 0;) {
    at = std::to_string(flat % indices[i]) + (at.empty() ? "" : ",") + at;
    flat /= indices[i];
  }
  throw InvalidArgumentError("indices" + (at.empty() ? std::string() : "[" + at + "]") + " = " + std::to_string(value) +
                             " is not in [0, " + std::to_string(limit) + ")");
}

template <class I>
void check(const I* indices, const Shape& shape, std::int64_t limit) {
  const auto n = shape.num_elements();
  for (std::int64_t i = 0; i < n; ++i) {
    if (indices[i] < 0 || indices[i] >= limit) bad_index(shape, i, static_cast<std::int64_t>(indices[i]), limit);
  }
}

}  // namespace

void check_indices(const TensorSpec& spec, const std::byte* indices, std::int64_t limit) {
  switch (spec.dtype) {
    case DType::int64:
      return check(reinterpret_cast<const std::int64_t*>(indices), spec.shape, limit);
    case DType::int32:
      return check(reinterpret_cast<const std::int32_t*>(indices), spec.shape, limit);
    default:
      return check(reinterpret_cast<const std::int16_t*>(indices), spec.shape, limit);
  }
}

}  // namespace hornbeam
