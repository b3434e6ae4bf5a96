// A functional model that is called with more or fewer inputs than it has.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/target.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Throws ValueError in the words of that Keras. `names`: of the model's inputs.
[[noreturn]] void throw_model_input_count(const std::vector<std::string>& names, const std::vector<Tensor>& inputs,
                                          const std::string& model, Target target);

}  // namespace hornbeam
