// Configs of recurrent layers.
#pragma once

#include <string>

#include "hornbeam/layers/rnn.hpp"

namespace hornbeam {

// Keys that tf.keras writes only when they say something.
inline void drop_unset_rnn_fields(Config& config) {
  if (*config.find("num_constants") == Config(0)) config.erase("num_constants");
  if (*config.find("zero_output_for_mask") == Config(false)) config.erase("zero_output_for_mask");
}

}  // namespace hornbeam
