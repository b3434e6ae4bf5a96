// The bias of an LSTM's gates.
#pragma once

#include "hornbeam/initializers.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam {

// As `given` says, but that the forget gates' biases start at 1.
inline Initializer forget_bias(const Initializer& given, std::int64_t units) {
  return initializers::custom("unit_forget_bias", [given, units](const Shape&, DType dtype) {
    return ops::concat({(*given)({units}, dtype), ops::ones({units}, dtype), (*given)({2 * units}, dtype)}, 0);
  });
}

}  // namespace hornbeam
