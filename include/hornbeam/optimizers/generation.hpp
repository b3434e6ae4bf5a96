// Which of Keras's three writings of an optimizer.
#pragma once

#include "hornbeam/target.hpp"

namespace hornbeam {

enum class OptimizerGeneration { legacy, modern, keras3 };
// The one whose state and config that Keras takes as its own.
OptimizerGeneration generation_for(Target target);
const char* name_of(OptimizerGeneration generation);

}  // namespace hornbeam
