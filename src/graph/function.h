// Function: a traced or loaded graph with a signature. Arguments first, then captured variables as resources.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace hornbeam::graph {

struct Function {
  std::string name;
  Graph graph;
  std::vector<std::int32_t> arguments;  // "_Arg" nodes, in order
  std::vector<Output> results;
  // Captured variables in order of first use, and the "_Arg" node of dtype resource each one enters by.
  std::vector<Variable> captures;
  std::vector<std::int32_t> capture_nodes;
  // Per capture: does whoever calls this function change it, so that no run may rely on its value? Empty: nobody does.
  std::vector<bool> changing;

  TensorSpec argument_spec(std::size_t i) const {
    return graph.nodes[static_cast<std::size_t>(arguments[i])].outputs[0];
  }
};

// Traces `body`: calls it once with symbolic tensors of the given specs and records the ops it calls.
// Errors the body throws pass through. The body may return concrete tensors (they become constants).
using TraceBody = std::function<std::vector<Tensor>(std::span<const Tensor> arguments)>;
std::shared_ptr<const Function> trace(std::string name, std::span<const TensorSpec> arguments, const TraceBody& body);

}  // namespace hornbeam::graph
