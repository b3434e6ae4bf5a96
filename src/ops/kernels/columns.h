// Sums down the columns of contiguous [rows, columns] float32 arrays: gradients of biases, batch statistics and their
// gradients. Parts share out the columns; rows are added in fixed blocks in order, so the number of parts never shows.
#pragma once

#include <cstdint>

#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// y[c] = sum of x[r, c]
void column_sums_part(int64_t rows, int64_t columns, const float* x, float* y, Part part);
// The mean, and the mean of the squared deviations from it. rows > 0.
void column_moments_part(int64_t rows, int64_t columns, const float* x, float* mean, float* variance, Part part);
// sums[c] = sum of g[r, c]; products[c] = sum of g[r, c] (x[r, c] - center[c])
void column_products_part(int64_t rows, int64_t columns, const float* g, const float* x, const float* center,
                          float* sums, float* products, Part part);

// What batch normalisation and its gradient do to each number; the parts share out the rows.
// y[r, c] = (x[r, c] - center[c]) b[c] + s[c]
void scale_columns_part(int64_t rows, int64_t columns, const float* x, const float* center, const float* b,
                        const float* s, float* y, Part part);
// y[r, c] = (g[r, c] - g_center[c]) a[c] + (x[r, c] - center[c]) b[c]. y may be g.
void combine_columns_part(int64_t rows, int64_t columns, const float* g, const float* g_center, const float* a,
                          const float* x, const float* center, const float* b, float* y, Part part);

}  // namespace hornbeam::kernels
