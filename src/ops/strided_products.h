// Matrix products whose operands are read, and whose results are written, where they lie: through strides.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/kernels/parallel.h"

namespace hornbeam {

struct StridedProducts {
  std::int64_t m = 1, n = 1, k = 1;
  std::int64_t a_row = 0, a_column = 0, b_row = 0, b_column = 0, c_row = 0;
  bool swapped = false;  // a is the second operand
  struct BatchDim {
    std::int64_t size, a, b, c;  // and how far the operands and the output move
  };
  std::vector<BatchDim> batch;
  std::int64_t count = 1;  // of products

  double flops() const { return 2.0 * static_cast<double>(count * m) * static_cast<double>(n * k); }
  // One part of the work; all must be run.
  void run(const float* first, const float* second, float* c, kernels::Part part) const;
  void run(const double* first, const double* second, double* c, kernels::Part part) const;
};

}  // namespace hornbeam
