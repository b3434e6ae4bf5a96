// What a layer keeps from call to call beside its weights: the states of stateful recurrent layers. Checkpoints do not
// have them; SavedModels do, as Keras's lists of them say.
#pragma once

#include <vector>

#include "hornbeam/layer.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

// A variable, or a list of such trees.
struct StateTree {
  Variable variable;
  std::vector<StateTree> items;
};

// Of layers whose classes are not here: what their functions use and their lists of weights do not name.
class KeepsStates {
 public:
  virtual ~KeepsStates() = default;
  virtual std::vector<Variable> kept() const = 0;
};

// A list for each state, and one for each cell of several states within stacked ones. Empty where nothing is kept.
StateTree kept_states(const Layer& layer);

}  // namespace hornbeam
