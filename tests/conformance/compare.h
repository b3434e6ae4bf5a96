// |a - b| <= atol + rtol * |b|, element by element.
#pragma once

#include <string>

#include "hornbeam/tensor.hpp"

namespace conformance {

// Empty when equal, else what differs. NaN equals NaN, infinities themselves; strings and bools must be the same.
std::string difference(const hornbeam::Tensor& got, const hornbeam::Tensor& expected, double rtol, double atol);

}  // namespace conformance
