// |a - b| <= atol + rtol * |b|, element by element; or all bits; configs exactly.
#pragma once

#include <string>

#include "conformance/corpus.h"
#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace conformance {

// Empty when equal, else what differs. NaN equals NaN, infinities themselves; strings and bools must be the same.
std::string difference(const hornbeam::Tensor& got, const hornbeam::Tensor& expected, double rtol, double atol);
// The same dtype and bits. The corpus stores bfloat16 widened to float32.
std::string difference(const hornbeam::Tensor& got, const hornbeam::Tensor& expected);
// At the case's tolerances, but none closer than four units in the last place of what dtype `expected` has.
std::string difference(const Case& c, const hornbeam::Tensor& got, const hornbeam::Tensor& expected);
// The place of the first difference and what stands there; empty when equal. The order of keys counts, int 1 is not
// float 1.0.
std::string difference(const hornbeam::Config& got, const hornbeam::Config& expected);

}  // namespace conformance
