// The recurrent ops spelt with TensorFlow's ops.
#pragma once

#include "ops/recurrent/sequence.h"

namespace hornbeam {

// What the cell makes of x [batch, features] and the states (h, then c) in one step: the new states. `inputs`, `attrs`:
// those of the fused op `op`.
std::vector<Tensor> recurrent_step(const OpDef& op, const Attrs& attrs, std::span<const Tensor> inputs, const Tensor& x,
                                   std::span<const Tensor> states);

// The activation of that name (cell_activation.h) in TensorFlow's ops.
Tensor cell_activation_in_ops(const std::string& name, const Tensor& x);

}  // namespace hornbeam
