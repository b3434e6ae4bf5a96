// Sums down the columns of contiguous [rows, columns] float32 arrays: gradients of biases. Parts share out the columns;
// rows are added in fixed blocks in order, so the number of parts never shows.
#pragma once

#include <cstdint>

#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// y[c] = sum of x[r, c]
void column_sums_part(int64_t rows, int64_t columns, const float* x, float* y, Part part);

}  // namespace hornbeam::kernels
