// A convolution of one, two or three spatial dims, as layers say it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

struct Convolution {
  const std::vector<std::int64_t>& strides;  // one for each spatial dim
  const std::string& padding;                // valid or same
  const std::string& data_format;            // channels_last or channels_first
  const std::vector<std::int64_t>& dilation_rate;
};
Tensor convolved(const Tensor& x, const Tensor& kernel, const Convolution& how);

}  // namespace hornbeam
