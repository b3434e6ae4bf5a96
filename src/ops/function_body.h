// What a function-valued attribute stands for. Functions are graphs, which this room knows nothing of: the ops that
// call functions (If, While, Case, PartitionedCall) ask the function itself to run them and to differentiate them.
#pragma once

#include <span>
#include <vector>

#include "ops/gradient.h"

namespace hornbeam {

class FunctionBody {
 public:
  virtual ~FunctionBody() = default;
  // Runs an op that calls this function, and maybe others, on concrete tensors. `attrs` are complete.
  virtual Tensors run_call(CallKind kind, const Attrs& attrs, std::span<const Tensor> inputs) const = 0;
  // The gradients of such a call's inputs.
  virtual Tensors call_gradient(CallKind kind, const GradientContext& context) const = 0;
};

// The functions that an op calls, in order: of a loop the condition and the body, of an If the branch for true first.
std::vector<FunctionAttr> called_functions(CallKind kind, const Attrs& attrs);
// The first of them. Throws NotImplementedError when it was never looked up.
const FunctionBody& callee(CallKind kind, const Attrs& attrs);

// Which of `count` branches the op takes: an If's condition is false when it is a scalar that is zero or "", or another
// tensor without elements; an index out of range takes the last. Throws InvalidArgumentError.
std::size_t chosen_branch(const Attrs& attrs, const Tensor& selector, std::size_t count);
// As TensorFlow takes the result of a loop's condition.
bool is_true(const Tensor& condition);

}  // namespace hornbeam
