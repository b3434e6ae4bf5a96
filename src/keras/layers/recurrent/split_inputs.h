// A recurrent layer's arguments.
#pragma once

#include "hornbeam/layer.hpp"

namespace hornbeam {

// tf.keras 2 passes initial states and constants as further items of a list of inputs: brings them to where they
// belong. Nothing when `inputs` is no list. Throws ValueError in Keras's words when symbolic Keras tensors and others
// are mixed.
std::optional<Layer::Call> split_inputs(const Values& inputs, const CallOptions& options, std::int64_t num_constants);

}  // namespace hornbeam
