// Program: a function made ready to be planned. Shape-independent and immutable.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/function.h"
#include "graph/passes/passes.h"

namespace hornbeam::graph {

struct NestedCall;

// Functions that call functions may be small and yet stand for more nodes than any machine holds.
struct CompileBudget {
  std::size_t nodes = std::size_t{1} << 20;
  // Throws ValueError when there are no more.
  void spend(const Function& function);
};

struct Program {
  // Optimises a copy. Throws NotImplementedError naming an op that cannot run.
  Program(std::shared_ptr<const Function> function, CompileBudget& budget);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::shared_ptr<const Function> source;
  Function function;  // optimised
  bool writes_variables = false;
  std::vector<bool> written;  // per capture
  std::vector<bool> stable;   // per node: depends on constants and captured variables alone
  // Holds strings or other values that live outside an arena in every run.
  bool always_interpreted = false;

  // Values: the outputs of all nodes, numbered through.
  std::vector<std::size_t> first_value;  // per node, and one past the last
  std::size_t value_of(Output o) const {
    return first_value[static_cast<std::size_t>(o.node)] + static_cast<std::size_t>(o.index);
  }
  std::size_t num_values() const { return first_value.back(); }

  // Per node: the functions it calls, null for other nodes.
  std::vector<std::unique_ptr<const NestedCall>> calls;
  // Per node: its place among the arguments / captures, or -1.
  std::vector<std::int32_t> argument_of, capture_of;
  // The captured variable a ReadVariableOp reads, or null for other nodes.
  const Variable* read_by(std::size_t node) const;
  // Does the node write a captured variable?
  bool writes(std::size_t node) const { return graph::writes(function.graph, function.graph.nodes[node]); }

  // Throws InvalidArgumentError naming the argument, what was expected and what was received.
  void check_inputs(std::span<const Tensor> inputs) const;
};

}  // namespace hornbeam::graph
