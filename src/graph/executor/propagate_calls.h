// What is known of the results of functions that a node calls.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "graph/executor/nested.h"
#include "graph/executor/propagate.h"

namespace hornbeam::graph {

struct CallOutcome {
  std::vector<TensorSpec> results;  // of the node
  std::vector<std::shared_ptr<const ListFacts>> lists;
  std::shared_ptr<const NestedFacts> facts;
};

// Empty when the call cannot be planned: a branch or a turn of a loop gives shapes that differ, or depend on values, or
// does not fit (which shows only if it is run).
std::optional<CallOutcome> propagate_call(const NestedCall& call, std::vector<ArgumentFacts> arguments);

}  // namespace hornbeam::graph
