#include "ops/shape_math.h"

#include "base/checked_math.h"

namespace hornbeam {

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.rank());
  std::int64_t stride = 1;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

std::int64_t product(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t result = 1;
  for (auto i = begin; i < end; ++i) result *= shape[i];
  return result;
}

std::size_t front_axis(std::int64_t axis, std::size_t rank, const char* op) {
  if (const auto found = axis_from_front(axis, rank)) return *found;
  const auto r = static_cast<std::int64_t>(rank);
  throw InvalidArgumentError(std::string(op) + ": Expected axis in the range [" + std::to_string(-r) + ", " +
                             std::to_string(r) + "), but got " + std::to_string(axis));
}

std::optional<std::int64_t> known_scalar(const ShapeContext& c, std::size_t input, const char* what) {
  const auto& shape = c.shape(input);
  if (shape.is_fully_known() && shape.num_elements() != 1) {
    throw InvalidArgumentError(std::string(what) + " must be a scalar, but has shape " + bracketed(shape));
  }
  const auto values = c.ints(input);
  if (!values || values->size() != 1) return std::nullopt;
  return values->front();
}

std::int64_t scalar_value(const KernelSpec& spec, std::size_t input) {
  const auto values = spec.ints(input);
  if (values.size() != 1) throw InvalidArgumentError("input " + std::to_string(input) + " must be a scalar");
  return values.front();
}

Shape dims_input(const ShapeContext& c, std::size_t input) {
  if (c.shape(input).has_rank() && c.shape(input).rank() > 1) {
    throw InvalidArgumentError("shape must be a vector of {int32,int64}, got shape " + bracketed(c.shape(input)));
  }
  const auto values = c.ints(input);
  if (!values) return c.value_as_shape(input);
  std::int64_t total = 1;
  for (const auto v : *values) {
    if (v < 0) throw InvalidArgumentError("Dimension " + std::to_string(v) + " must be >= 0");
    total = multiply_dims(total, v);
  }
  return Shape(*values);
}

std::int64_t merge_dims(std::int64_t a, std::int64_t b, const char* op) {
  if (a >= 0 && b >= 0 && a != b) {
    throw InvalidArgumentError("Dimensions must be equal, but are " + std::to_string(a) + " and " + std::to_string(b) +
                               " for '" + op + "'");
  }
  return a >= 0 ? a : b;
}

Shape merge_shapes(const Shape& a, const Shape& b, const char* op) {
  if (!a.has_rank()) return b;
  if (!b.has_rank()) return a;
  if (a.rank() != b.rank()) {
    throw InvalidArgumentError("Shapes must be equal rank, but are " + std::to_string(a.rank()) + " and " +
                               std::to_string(b.rank()) + " for '" + op + "': " + bracketed(a) + " vs. " +
                               bracketed(b));
  }
  Shape out = a;
  for (std::size_t i = 0; i < a.rank(); ++i) out[i] = merge_dims(a[i], b[i], op);
  return out;
}

std::int64_t add_dims(std::int64_t a, std::int64_t b) {
  if (a < 0 || b < 0) return None;
  const auto sum = base::checked_add(a, b);
  if (!sum)
    throw InvalidArgumentError("Encountered overflow when adding " + std::to_string(a) + " and " + std::to_string(b));
  return *sum;
}

std::int64_t multiply_dims(std::int64_t a, std::int64_t b) {
  if (a < 0 || b < 0) return None;
  const auto result = base::checked_mul(a, b);
  if (!result) {
    throw InvalidArgumentError("Encountered overflow when multiplying " + std::to_string(a) + " with " +
                               std::to_string(b));
  }
  return *result;
}

void require_rank(const Shape& shape, std::size_t rank, const char* op, const char* what) {
  if (shape.has_rank() && shape.rank() != rank) {
    throw InvalidArgumentError("Shape must be rank " + std::to_string(rank) + " but is rank " +
                               std::to_string(shape.rank()) + " for '" + what + "' of op '" + op + "' with shape " +
                               bracketed(shape));
  }
}

}  // namespace hornbeam
