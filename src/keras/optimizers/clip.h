// Gradients made smaller before they are applied.
#pragma once

#include <vector>

#include "hornbeam/optimizers.hpp"

namespace hornbeam {

// tf.clip_by_norm
Tensor clip_by_norm(const Tensor& gradient, double norm);
// tf.clip_by_global_norm
std::vector<Tensor> clip_by_global_norm(const std::vector<Tensor>& gradients, double norm);
// As the options say. All gradients are defined.
std::vector<Tensor> clipped(std::vector<Tensor> gradients, const OptimizerOptions& options,
                            OptimizerGeneration generation);

}  // namespace hornbeam
