// Einsum as matrix products in place.
#pragma once

#include <optional>
#include <vector>

#include "ops/einsum_equation.h"
#include "ops/strided_products.h"

namespace hornbeam {

// Labels by the part they play: in both operands and the output, in one and the output, and summed over.
struct EinsumRoles {
  Labels batch, rows, columns, inner;
  EinsumRoles(const ResolvedEinsum& einsum, bool two);
};

// Nothing where the labels of a role do not lie one behind the other, or where there is nothing to multiply.
std::optional<StridedProducts> einsum_products(const ResolvedEinsum& einsum, const std::vector<Shape>& shapes,
                                               const Shape& out_shape);

}  // namespace hornbeam
