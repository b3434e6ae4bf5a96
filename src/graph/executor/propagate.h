// What is known of a program's values for given input shapes, before anything runs.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "graph/executor/program.h"

namespace hornbeam::graph {

struct NestedFacts;

struct Facts {
  // Per value.
  std::vector<TensorSpec> specs;  // shapes fully known
  // Defined where the value is the same in every run with these shapes: constants, and what follows from shapes.
  std::vector<Tensor> known;
  std::vector<std::shared_ptr<const ListFacts>> lists;  // of lists whose value is not known; null: nothing is
  // Per node.
  std::vector<bool> is_stable;  // depends on known values and captured variables alone
  std::vector<bool> is_step;    // must be computed in every run
  // A step whose output 0 is its input 0: by what the op is, or because there is nothing to be done for these shapes.
  std::vector<bool> is_view;
  std::vector<std::shared_ptr<const NestedFacts>> nested;  // of steps that call functions

  // What is known of a list, there or not.
  std::shared_ptr<const ListFacts> list(std::size_t value) const;
};

// Of the functions one node calls.
struct NestedFacts {
  std::vector<Facts> functions;
};

struct ArgumentFacts {
  Shape shape;
  Tensor known = {};       // the same in every run of the plan
  bool is_stable = false;  // the same in every run of the plan, and known when the plan is made
  std::shared_ptr<const ListFacts> list = {};
};

// Empty when some step's shapes or values cannot be planned (shapes that depend on values, strings, dynamic ops): such
// a program is interpreted. Throws what the ops throw on shapes that do not fit.
std::optional<Facts> propagate(const Program& program, std::span<const ArgumentFacts> arguments);
std::optional<Facts> propagate(const Program& program, std::span<const Shape> input_shapes);

}  // namespace hornbeam::graph
