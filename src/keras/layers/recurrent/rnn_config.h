// Configs of recurrent layers, and what their errors say.
#pragma once

#include <string>

#include "hornbeam/layers/rnn.hpp"

namespace hornbeam {

// Keys that tf.keras writes only when they say something.
inline void drop_unset_rnn_fields(Config& config) {
  if (*config.find("num_constants") == Config(0)) config.erase("num_constants");
  if (*config.find("zero_output_for_mask") == Config(false)) config.erase("zero_output_for_mask");
}

// For messages.
inline std::string shapes_text(const std::vector<Tensor>& tensors) {
  std::string text = "[";
  for (const auto& t : tensors) text += (text.size() > 1 ? ", " : "") + t.shape().to_string();
  return text + "]";
}

}  // namespace hornbeam
