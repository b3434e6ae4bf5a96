// Graph: the body of a function as a list of op nodes. Nodes stand in topological order: a node's inputs come before
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/variable.hpp"
#include "ops/op_def.h"

namespace hornbeam::graph {

// One output of one node.
struct Output {
  std::int32_t node = -1;
  std::int32_t index = 0;
  friend bool operator==(const Output&, const Output&) = default;
};

struct Node {
  const OpDef* op = nullptr;
  std::string name;  // unique in the graph
  Attrs attrs;       // complete
  std::vector<Output> inputs;
  std::vector<TensorSpec> outputs;  // shapes as known without running
};

struct Graph {
  std::vector<Node> nodes;

  const Node& operator[](Output o) const { return nodes[static_cast<std::size_t>(o.node)]; }
  const TensorSpec& spec(Output o) const {
    return nodes[static_cast<std::size_t>(o.node)].outputs[static_cast<std::size_t>(o.index)];
  }
  std::size_t size() const { return nodes.size(); }
};

// What a node's output is known to be without running the graph: its value, or (integer vectors) some of its elements.
// Null / unknown rank when nothing is known. Looks through Const, Shape, Pack, ConcatV2, StridedSlice, Cast, Identity
// ...
const Tensor* constant_value(const Graph& graph, Output output);
Shape partial_value(const Graph& graph, Output output, int depth = 0);

// Runs the op's shape rule on what the graph knows of the inputs.
std::vector<TensorSpec> infer_outputs(const Graph& graph, const OpDef& op, const Attrs& attrs,
                                      const std::vector<Output>& inputs);

}  // namespace hornbeam::graph
