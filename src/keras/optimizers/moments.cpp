#include "keras/optimizers/moments.h"

#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/sparse.h"

namespace hornbeam {

Moments assign_moments(const Tensor& gradient, const Shape& variable, const Variable& m, const Variable& v,
                       double beta_1, double beta_2) {
  const auto first = ops::read(m), second = ops::read(v);
  Moments next{first + (gradient - first) * (1.0 - beta_1),
               second + (squared(gradient, variable) - second) * (1.0 - beta_2)};
  graph::assign(m, next.first);
  graph::assign(v, next.second);
  return next;
}

}  // namespace hornbeam
