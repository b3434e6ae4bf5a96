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

// Throws ValueError in Keras's words when there are none.
inline void check_units(std::int64_t units) {
  if (units > 0) return;
  throw ValueError("Received an invalid value for argument `units`, expected a positive integer, got " +
                   std::to_string(units) + ".");
}

// Of inputs of this shape. Throws ValueError in Keras's words when it is not known.
inline std::int64_t features_of(const Layer& layer, const Shape& inputs) {
  if (inputs.back() >= 0) return inputs.back();
  throw ValueError("The last dimension of the inputs to a " + layer.class_name() +
                   " should be defined. Found `None`. Full input shape received: " + inputs.to_string());
}

// For messages.
inline std::string shapes_text(const std::vector<Tensor>& tensors) {
  std::string text = "[";
  for (const auto& t : tensors) text += (text.size() > 1 ? ", " : "") + t.shape().to_string();
  return text + "]";
}

}  // namespace hornbeam
