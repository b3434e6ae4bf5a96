// Tensors of dtype resource: how a variable is passed to an op or to a function.
#pragma once

#include "hornbeam/tensor.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

Tensor resource_tensor(Variable variable);
// Throws TypeError unless the tensor is such a one and concrete.
Variable variable_of(const Tensor& resource);

}  // namespace hornbeam
