// What StridedSlice's begin, end, strides and five masks say of a tensor, after TensorFlow's ValidateStridedSliceOp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hornbeam/attrs.hpp"
#include "hornbeam/shape.hpp"
#include "ops/op_def.h"

namespace hornbeam {

// `op` with the inputs begin, end and strides and all attrs of a StridedSlice.
OpDef with_slice(OpDef op);
// Those attrs of a StridedSlice that say more than begin, end and strides.
Attrs strided_slice_masks(const Attrs& attrs);

using MaybeInts = std::vector<std::optional<std::int64_t>>;  // an element is empty while it is not known

struct StridedSliceSpec {
  // Per dim of the input; sizes are None where unknown, and then begin means nothing.
  std::vector<std::int64_t> begin, stride, size;
  // Of the result: without the dims that single indices drop, with the new axes.
  Shape shape;
};

// Throws InvalidArgumentError in TensorFlow's words. `in` must have a rank; the three vectors are of equal length.
StridedSliceSpec resolve_strided_slice(const Shape& in, const MaybeInts& begin, const MaybeInts& end,
                                       const MaybeInts& strides, const Attrs& masks);

}  // namespace hornbeam
