// Reverse-mode differentiation over a list of op calls: what GradientTape (eager and traced) and graph::gradients
// share.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ops/op_def.h"

namespace hornbeam::autodiff {

// From the gradients of a call's outputs (undefined: none) to those of its inputs.
using CustomGradient = std::function<std::vector<Tensor>(std::span<const Tensor> grads)>;

// An op call that was made. Tensors are told apart by their handle's identity (Tensor::impl).
struct Call {
  const OpDef* op;
  Attrs attrs;  // complete
  std::vector<Tensor> inputs, outputs;
  std::string name = {};       // of the node, for errors
  CustomGradient custom = {};  // takes the place of the op's gradient
};

// Gradients flow through values of these dtypes alone.
bool is_differentiable(DType dtype);

// The gradient of the sum of `targets` (each multiplied by its seed; undefined: ones) with respect to each source,
// undefined when no target depends on it. `calls` are in the order they were made; a source is one value that several
// tensors stand for (the reads of a variable). Throws LookupError when the way leads through an op that has no gradient
// and does not say so.
std::vector<Tensor> backpropagate(std::span<const Call* const> calls, std::span<const Tensor> targets,
                                  std::span<const Tensor> seeds, std::span<const std::vector<Tensor>> sources);

}  // namespace hornbeam::autodiff
