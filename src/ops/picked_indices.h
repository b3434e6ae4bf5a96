// The check of indices that pick rows, in TensorFlow's words.
#pragma once

#include "ops/op_def.h"

namespace hornbeam {

// Are all of the int16, int32 or int64 indices in [0, limit)? Throws InvalidArgumentError naming the first that is not.
void check_indices(const TensorSpec& spec, const std::byte* indices, std::int64_t limit);

}  // namespace hornbeam
