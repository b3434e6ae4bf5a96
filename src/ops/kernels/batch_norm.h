// Batch normalisation over the rows of contiguous [rows, columns] float32 arrays, and its gradient.
//
// Sums are made block by block of rows and joined in order, in double: results do not depend on the number of parts. An
// array is read in the order it lies in memory, for it rarely fits a cache.
#pragma once

#include <cstdint>

#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// Rows in blocks that stay in L2 for a second look.
struct RowBlocks {
  RowBlocks(int64_t row_count, int64_t column_count);
  int64_t rows, columns, block;
  int64_t count() const { return (rows + block - 1) / block; }
  // Floats that two sums per block and column take.
  int64_t sums_size() const { return 2 * count() * columns; }
  int64_t rows_of(int64_t b) const { return (b + 1) * block <= rows ? block : rows - b * block; }
};

// y = f((x - mean) factor + offset [+ side]) per column; f: relu or nothing.
struct Normalisation {
  const float *mean, *factor, *offset;
  bool relu = false;
};

// Of each block: the mean, and the sum of the squared deviations from it. Then those of all rows, joined by Chan's
// formula: the mean, and the mean of the squared deviations. rows > 0.
void block_moments_part(const RowBlocks& blocks, const float* x, float* sums, Part part);
void join_moments_part(const RowBlocks& blocks, const float* sums, float* mean, float* variance, Part part);
// side: null, or [rows, columns].
void normalise_part(const RowBlocks& blocks, const Normalisation& n, const float* x, const float* side, float* y,
                    Part part);

// g: the gradient of y; where relu cut y off, it counts as zero.
// Of each block: the sums of g, and of g (x - mean). Then those of all rows.
void block_products_part(const RowBlocks& blocks, const Normalisation& n, const float* g, const float* x, float* sums,
                         Part part);
void join_products_part(const RowBlocks& blocks, const float* sums, double* total, double* product, Part part);
// dx = (g - center) a + (x - mean) b. dx may be g.
struct NormalisationGradient {
  const float *center, *a, *b;
};
void normalise_gradient_part(const RowBlocks& blocks, const Normalisation& n, const NormalisationGradient& gradient,
                             const float* g, const float* x, float* dx, Part part);

}  // namespace hornbeam::kernels
