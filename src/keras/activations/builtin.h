// The table of built-in activations.
#pragma once

#include <string>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Null when there is no such name.
Tensor (*find_builtin_activation(const std::string& name))(const Tensor&);

}  // namespace hornbeam
