// Variables that a training step sets to their "gradient", as Keras 3's `overwrite_with_gradient`: the scales of
// float8. Optimizers keep nothing for them.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "hornbeam/variable.hpp"

namespace hornbeam {

class OverwrittenVariable final : public VariableNode {
 public:
  using VariableNode::VariableNode;
};

inline bool is_overwritten(const Variable& variable) {
  return dynamic_cast<const OverwrittenVariable*>(variable.get()) != nullptr;
}

// Those that optimizers move.
inline std::vector<Variable> without_overwritten(std::vector<Variable> variables) {
  std::erase_if(variables, is_overwritten);
  return variables;
}

}  // namespace hornbeam
