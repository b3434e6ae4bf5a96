// The check of a layer's inputs against its InputSpecs, in Keras's words.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// Throws ValueError.
void check_input_specs(const std::vector<InputSpec>& specs, const std::vector<Tensor>& inputs,
                       const std::string& layer);

}  // namespace hornbeam
