// Steps outside of a trace: compiled once for a set of variables and gradients, then run.
#pragma once

#include <memory>
#include <vector>

#include "graph/executor.h"
#include "hornbeam/optimizers.hpp"

namespace hornbeam {

class EagerSteps {
 public:
  void run(OptimizerObject& optimizer, const std::vector<Tensor>& gradients, const std::vector<Variable>& variables);

 private:
  std::vector<Variable> variables_;
  std::vector<Shape> shapes_;  // of the gradients; unknown where there is none
  std::uint64_t settings_ = 0;
  std::unique_ptr<graph::Executable> step_;
};

}  // namespace hornbeam
