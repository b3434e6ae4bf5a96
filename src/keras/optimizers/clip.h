// Gradients made smaller before they are applied.
#pragma once

#include <vector>

#include "hornbeam/optimizers.hpp"

namespace hornbeam {

// As the options say. All gradients are defined. Of rows that were picked (sparse.h) each pick is clipped.
std::vector<Tensor> clipped(std::vector<Tensor> gradients, const OptimizerOptions& options,
                            OptimizerGeneration generation);

}  // namespace hornbeam
