// Kernels of the ops that call functions, inside a plan: plans of the functions, run on the op's own memory.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/executor/nested.h"
#include "graph/executor/plan.h"
#include "graph/executor/propagate.h"

namespace hornbeam::graph {

// `inputs` and `outputs`: of the node; `values`: of inputs that are the same in every run. The plans that it makes are
// added to `plans`. Throws what kernels throw that are made for values which do not fit.
std::unique_ptr<Kernel> make_call_kernel(const NestedCall& call, const NestedFacts& facts,
                                         std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs,
                                         std::span<const Tensor> values,
                                         std::vector<std::shared_ptr<const Plan>>& plans);

}  // namespace hornbeam::graph
