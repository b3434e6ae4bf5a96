#include "hornbeam/make_variable.hpp"

namespace hornbeam {

Variable make_variable(const Tensor& initial_value, const VariableOptions& options) {
  if (!initial_value.is_concrete()) {
    throw ValueError("make_variable: a variable starts with a value; this tensor is not computed yet: " +
                     (initial_value.defined() ? initial_value.to_string() : std::string("undefined")));
  }
  return std::make_shared<VariableNode>(options.name, initial_value, options.trainable);
}

}  // namespace hornbeam
