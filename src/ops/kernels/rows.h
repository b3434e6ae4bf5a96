// Kernels over the last axis of a contiguous [rows, columns] float32 array. The output may be the input.
#pragma once

#include <cstdint>

#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// y = exp(x - max) / sum. Rows are independent, so any split gives the same bits.
void softmax(int64_t rows, int64_t columns, const float* x, float* y);
// y = x - max - log(sum(exp(x - max)))
void log_softmax(int64_t rows, int64_t columns, const float* x, float* y);

void softmax_part(int64_t rows, int64_t columns, const float* x, float* y, Part part);

}  // namespace hornbeam::kernels
