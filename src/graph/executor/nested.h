// The functions that one node of a program calls, compiled, with the program's variables bound into them.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/executor/program.h"

namespace hornbeam::graph {

class Runner;

struct NestedCall {
  NestedCall(const Program& program, std::size_t node, CompileBudget& budget);
  ~NestedCall();
  NestedCall(const NestedCall&) = delete;
  NestedCall& operator=(const NestedCall&) = delete;

  // Runs the node on its inputs; what stands at the place of a resource is not looked at.
  std::vector<Tensor> run(std::span<const Tensor> inputs) const;

  const Node& node;
  // Of a loop the condition and the body; else the branches.
  std::vector<std::unique_ptr<Runner>> functions;
  std::vector<std::size_t> passed;  // their arguments: inputs of the node that are neither selectors nor resources
  // Of a loop: the arguments that change from turn to turn. They are the results of the body and of the node.
  std::vector<std::size_t> varying;
};

}  // namespace hornbeam::graph
