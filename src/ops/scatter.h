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

  NdIndex(const Shape& indices, const Shape& array);

  // Where the `i`th vector points, in elements. Throws InvalidArgumentError "indices[3] = [5, 0] does not index into
  // shape [4,2]".
  template <class I>
  std::int64_t offset(const I* indices, std::int64_t i) const {
    std::int64_t at = 0;
    bool inside = true;
    for (std::int64_t d = 0; d < depth; ++d) {
      const auto index = static_cast<std::int64_t>(indices[i * depth + d]);
      const auto k = static_cast<std::size_t>(d);
      inside = inside && index >= 0 && index < limits[k];
      if (inside) at += index * strides[k];
    }
    if (!inside) {
      std::string values;
      for (std::int64_t d = 0; d < depth; ++d) {
        values += (d ? ", " : "") + std::to_string(static_cast<std::int64_t>(indices[i * depth + d]));
      }
      refuse(i, values);
    }
    return at;
  }

 private:
  [[noreturn]] void refuse(std::int64_t i, const std::string& values) const;
};

// Checks what is known of `indices` against the array it indexes: its last dim must not exceed the array's rank.
void check_nd_indices(const Shape& indices, const Shape& array, const char* op);

}  // namespace hornbeam
