// Index vectors of the *Nd ops: the last dim of `indices` holds one index per leading dim of the indexed array.
#pragma once

#include "ops/shape_math.h"

namespace hornbeam {

struct NdIndex {
  std::int64_t count = 0;             // index vectors
  std::int64_t depth = 0;             // indices in each
  std::int64_t slice = 1;             // elements each picks
  std::vector<std::int64_t> limits;   // of each index
  std::vector<std::int64_t> strides;  // in elements
  Shape outer;                        // indices' shape without its last dim
  Shape indexed;

  NdIndex(const TensorSpec& indices, const Shape& array);

  // Where the `i`th vector points, in elements. Throws InvalidArgumentError "indices[3] = [5, 0] does not index into
  // shape [4,2]".
  // Not a template: of a type of index for each type of element there would be hundreds.
  std::int64_t offset(const std::byte* indices, std::int64_t i) const;

 private:
  std::int64_t index(const std::byte* indices, std::int64_t at) const;
  [[noreturn]] void refuse(const std::byte* indices, std::int64_t i) const;
  DType dtype_;
};

// Checks what is known of `indices` against the array it indexes: its last dim must not exceed the array's rank.
void check_nd_indices(const Shape& indices, const Shape& array, const char* op);

}  // namespace hornbeam
