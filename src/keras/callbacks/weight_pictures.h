// Weights as TensorBoard's pictures.
#pragma once

#include <cstdint>
#include <string>

#include "formats/event_file/event_file.h"
#include "hornbeam/tensor.hpp"

namespace hornbeam::callbacks {

// As Keras lays them out: a bias is a column, a kernel of two dims lies on its longer side, of three each channel (at
// most three of them) is a picture. What is no picture (no dims, more of them) is left out. From 0, black, to 1, white.
void write_picture(formats::EventWriter& writer, const std::string& tag, const Tensor& weight, std::int64_t step);

}  // namespace hornbeam::callbacks
