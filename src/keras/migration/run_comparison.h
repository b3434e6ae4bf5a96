// What two models make of the same data.
#pragma once

#include "hornbeam/comparison.hpp"

namespace hornbeam {

// Predictions, gradients, and with `train` a step of training, into `result`.
void compare_runs(const ModelRef& a, const ModelRef& b, const CompareOptions& options, ModelComparison& result);

}  // namespace hornbeam
