// The dropout of recurrent layers in training.
#pragma once

#include "hornbeam/errors.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// Keras 2's cells cannot drop everything; Keras 3's do. Throws ValueError in Keras's words.
inline void check_rate(double rate) {
  if (rate == 1 && current_target() != Target::keras3) {
    throw ValueError("rate must be a scalar tensor or a float in the range [0, 1), got 1");
  }
}

}  // namespace hornbeam
