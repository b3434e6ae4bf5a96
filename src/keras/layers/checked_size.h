// Sizes that a config makes: a product or sum of its numbers is a dim of a weight, or more than a dim can be.
#pragma once

#include <cstdint>

#include "base/checked_math.h"
#include "hornbeam/errors.hpp"

namespace hornbeam {

// Keras's words for such a shape. Throws ValueError.
inline std::int64_t checked_size(std::optional<std::int64_t> size) {
  if (size) return *size;
  throw ValueError("Can't convert Python sequence with out-of-range integer to Tensor.");
}
inline std::int64_t size_product(std::int64_t a, std::int64_t b) { return checked_size(base::checked_mul(a, b)); }
inline std::int64_t size_sum(std::int64_t a, std::int64_t b) { return checked_size(base::checked_add(a, b)); }

}  // namespace hornbeam
