// A variable of a main graph before it has a value: its first assignment goes to LoadedFunctions::Assign, and a read is
// an error.
#pragma once

#include <utility>

#include "hornbeam/variable.hpp"

namespace hornbeam::graph {

class EmptyVariable final : public VariableNode {
 public:
  explicit EmptyVariable(std::string name) : VariableNode(std::move(name), Tensor::scalar(0.0F), false) {}
};

}  // namespace hornbeam::graph
