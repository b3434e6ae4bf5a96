#include "keras/layers/conv_checks.h"

#include "hornbeam/errors.hpp"

namespace hornbeam {

void check_filters(std::int64_t filters) {
  if (filters > 0) return;
  throw ValueError("Invalid value for argument `filters`. Expected a strictly positive value. Received filters=" +
                   std::to_string(filters) + ".");
}

std::int64_t known_channels(const Shape& input_shape, const std::string& data_format, const std::string& whose) {
  const auto channels = input_shape.dim(channel_axis(data_format));
  if (channels >= 0) return channels;
  throw ValueError("The channel dimension of the inputs" + whose + " should be defined. Found `None`. The input's " +
                   "shape is " + input_shape.to_string() + ", its channels stand in axis " +
                   std::to_string(channel_axis(data_format)) + ".");
}

}  // namespace hornbeam
