// What all convolutions refuse.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/errors.hpp"
#include "hornbeam/shape.hpp"
#include "keras/layers/data_format.h"

namespace hornbeam {

// Throw ValueError in Keras's words.
void check_filters(std::int64_t filters);
// The channels of the input. `whose`: of which inputs the message speaks (" to `DepthwiseConv2D`").
std::int64_t known_channels(const Shape& input_shape, const std::string& data_format, const std::string& whose = "");

// Brings the settings of a window with `rank` spatial dims into their full form.
template <class Options>
void check_window(Options& o, std::vector<std::int64_t>& kernel_size, std::size_t rank, bool allow_causal) {
  kernel_size = checked_tuple(kernel_size, rank, "kernel_size");
  o.strides = checked_tuple(o.strides, rank, "strides");
  o.dilation_rate = checked_tuple(o.dilation_rate, rank, "dilation_rate");
  if (std::ranges::max(o.strides) > 1 && std::ranges::max(o.dilation_rate) > 1) {
    throw ValueError("`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: strides=" +
                     Shape(o.strides).to_string() + " and dilation_rate=" + Shape(o.dilation_rate).to_string());
  }
  o.padding = checked_padding(o.padding, allow_causal);
  o.data_format = checked_data_format(o.data_format);
}

}  // namespace hornbeam
