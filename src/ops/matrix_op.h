// What the ops on bands and diagonals of matrices share.
#pragma once

#include "ops/axes.h"
#include "ops/gradient.h"

namespace hornbeam {

// Throws InvalidArgumentError unless the rank is at least 2 or unknown.
inline void require_matrix(const Shape& s, const char* op) {
  if (s.has_rank() && s.rank() < 2) {
    throw InvalidArgumentError(std::string(op) + ": input must be at least 2-dim, received shape: " + bracketed(s));
  }
}

// matrix_band_gradients.cpp
Tensors band_gradient(const GradientContext& c);
Tensors diag_gradient(const GradientContext& c);
Tensors diag_part_gradient(const GradientContext& c);
Tensors set_diag_gradient(const GradientContext& c);

}  // namespace hornbeam
