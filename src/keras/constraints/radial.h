// RadialConstraint: the weights of a square kernel [k, k, in, out] become equal at equal distance from the middle.
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Throws ValueError for a tensor that is no square kernel.
Tensor radially_constrained(const Tensor& w);

}  // namespace hornbeam
