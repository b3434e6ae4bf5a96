// From a value per sample to the loss: weights, masks, sums and means as each Keras takes them.
#pragma once

#include <string>

#include "hornbeam/target.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::losses {

// Throws ValueError in Keras's words.
void check_reduction(const std::string& reduction);

// `weights` and `mask` may be undefined. A mask takes samples out of the sum; but in 2.2 also of the number the mean
// divides by.
Tensor reduce_weighted(const Tensor& values, const Tensor& weights, const Tensor& mask, const std::string& reduction,
                       Target target);

}  // namespace hornbeam::losses
