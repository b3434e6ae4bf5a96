#include "keras/saving/kept_states.h"

#include "hornbeam/layers/rnn.hpp"
#include "hornbeam/layers/stacked_rnn_cells.hpp"

namespace hornbeam {
namespace {

StateTree list_of(const std::vector<Variable>& variables) {
  StateTree tree;
  for (const auto& variable : variables) tree.items.push_back({variable, {}});
  return tree;
}

// As the cell says its states: those of a cell that is several are lists where that cell has several.
StateTree tree_of(const RNNCell& cell, std::vector<Variable>::const_iterator& next) {
  StateTree tree;
  if (const auto* stacked = dynamic_cast<const StackedRNNCellsLayer*>(&cell)) {
    for (const auto& inner : stacked->cells()) {
      auto states = tree_of(*inner, next);
      tree.items.push_back(states.items.size() == 1 ? std::move(states.items[0]) : std::move(states));
    }
    return tree;
  }
  for (std::size_t i = 0; i < cell.state_size().size(); ++i) tree.items.push_back({*next++, {}});
  return tree;
}

}  // namespace

StateTree kept_states(const Layer& layer) {
  if (const auto* keeps = dynamic_cast<const KeepsStates*>(&layer)) return list_of(keeps->kept());
  const auto* recurrent = dynamic_cast<const RNNLayer*>(&layer);
  if (!recurrent || recurrent->states().empty()) return {};
  auto next = recurrent->states().begin();
  return tree_of(*recurrent->cell(), next);
}

}  // namespace hornbeam
