// Default names, as Keras makes them.
#pragma once

#include <string>

namespace hornbeam {

// "BatchNormalization" -> "batch_normalization", "Conv2D" -> "conv2d".
std::string to_snake_case(const std::string& name);
// Counts Inputs: "input_1", "input_2".
int next_input_number();

}  // namespace hornbeam
