// The functions that one node of a program calls, compiled, with the program's variables bound into them.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/executor.h"
#include "graph/executor/program.h"

namespace hornbeam::graph {

struct NestedCall {
  NestedCall(const Program& program, std::size_t node);

  // Runs the node on its inputs; what stands at the place of a resource is not looked at.
  std::vector<Tensor> run(std::span<const Tensor> inputs) const;

  const Node& node;
  // Of a loop the condition and the body; else the branches. Their arguments are the node's inputs but for selectors
  // and resources; results of a loop's body the same.
  std::vector<std::unique_ptr<const Executable>> functions;
  std::vector<std::size_t> passed;  // inputs of the node
};

}  // namespace hornbeam::graph
