// Losses in training configs for Keras 3.
#pragma once

#include "hornbeam/config.hpp"

namespace hornbeam {

// A training config's losses under their functions' full names: Keras 3 compiles with "mse", but cannot read it from
// H5.
Config with_full_names(const Config& losses);

}  // namespace hornbeam
