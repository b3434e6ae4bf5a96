// Running a program node by node on whole tensors: for strings, and for shapes that depend on values.
#pragma once

#include <span>
#include <vector>

#include "graph/executor/program.h"

namespace hornbeam::graph {

class Interpreter {
 public:
  explicit Interpreter(const Program& program);
  // Each tensor is let go after its last use. Inputs must have been checked.
  std::vector<Tensor> run(std::span<const Tensor> inputs) const;

 private:
  void write(std::size_t node, std::span<const Tensor> values) const;
  const Program& program_;
  std::vector<std::vector<std::size_t>> released_after_;  // per node: values nobody reads later
};

}  // namespace hornbeam::graph
