// What a step of training makes of two models.
#pragma once

#include "keras/migration/judge.h"

namespace hornbeam {

// The step's loss and metrics, the weights that it trains and the statistics that it moves, into the judge's result.
// Both are compiled, and the step changes them.
void compare_steps(const ModelRef& a, const ModelRef& b, const Values& x, const Values& y, Judge& judge);

}  // namespace hornbeam
