// Small arithmetic on shapes that shape rules and kernels share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/axes.h"
#include "ops/op_def.h"

namespace hornbeam {

// Elements between neighbours along each dim of a row-major array.
std::vector<std::int64_t> strides_of(const Shape& shape);

// Product of the dims [begin, end).
std::int64_t product(const Shape& shape, std::size_t begin, std::size_t end);

// `axis` of a tensor of `rank` counted from the front. Throws InvalidArgumentError in `op`'s name when out of range.
std::size_t front_axis(std::int64_t axis, std::size_t rank, const char* op);

// The scalar integer input's value; empty when not known. Throws InvalidArgumentError when it is no scalar.
std::optional<std::int64_t> known_scalar(const ShapeContext& c, std::size_t input, const char* what);
// The same for kernels, where it is known.
std::int64_t scalar_value(const KernelSpec& spec, std::size_t input);

// A shape made of an integer vector input whose elements must not be negative. Throws InvalidArgumentError.
Shape dims_input(const ShapeContext& c, std::size_t input);

// The dim both describe. Throws InvalidArgumentError when both are known and differ.
std::int64_t merge_dims(std::int64_t a, std::int64_t b, const char* op);
// The shape both describe.
Shape merge_shapes(const Shape& a, const Shape& b, const char* op);

// a + b and a * b of dims, unknown when either is. Throw InvalidArgumentError on overflow.
std::int64_t add_dims(std::int64_t a, std::int64_t b);
std::int64_t multiply_dims(std::int64_t a, std::int64_t b);

// Throws InvalidArgumentError "Shape must be rank 2 but is rank 3 ..." unless the shape may be of that rank.
void require_rank(const Shape& shape, std::size_t rank, const char* op, const char* what);

}  // namespace hornbeam
