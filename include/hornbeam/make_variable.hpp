// A variable of one's own, for custom training loops and layers that track it. Mirrors tf.Variable(initial_value).
//
//   const Variable step = make_variable(ops::zeros({}), {.trainable = false, .name = "step"});
#pragma once

#include <string>

#include "hornbeam/variable.hpp"

namespace hornbeam {

struct VariableOptions {
  bool trainable = true;
  std::string name = "Variable";
};
// It starts with this value, and keeps its dtype and shape. Throws ValueError on a value that is not there yet (of a
// trace, or symbolic).
Variable make_variable(const Tensor& initial_value, const VariableOptions& options = {});

}  // namespace hornbeam
