// What one product of rows by packed weights computes and where it puts it: shared by GEMM and convolution.
#pragma once

#include <cstdint>

#include "ops/kernels/activation.h"

namespace hornbeam::kernels {

template <class T>
struct Product {
  const T* panels;  // packed weights
  int64_t panel_size;
  int64_t columns;
  T* c;
  int64_t c_stride;
  const T* bias;      // may be null
  const T* residual;  // may be null
  int64_t r_stride;
  Activation activation;
  int64_t row_inputs;    // numbers of the left operand that a row needs and its neighbours do not
  int64_t max_pointers;  // that locate() of the rows may write
};

}  // namespace hornbeam::kernels
