// What BiasAdd and its gradient share.
#pragma once

#include "ops/gradient.h"

namespace hornbeam {

// Are the channels dim 1? Throws InvalidArgumentError on a data format that is none.
bool channels_first(const Attrs& attrs);

}  // namespace hornbeam
