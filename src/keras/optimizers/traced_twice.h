// Keras traces the first step twice when its first trace made variables.
#pragma once

#include "hornbeam/optimizers.hpp"

namespace hornbeam {

// Said of a model that was loaded: Keras has then built its optimizer, and traces the first step twice only if that
// makes other variables. Those that count what is traced, Nadam of 2.11 to 2.15, need it; of what was compiled they
// know it.
void set_traced_twice(const Optimizer& optimizer, bool twice);

}  // namespace hornbeam
