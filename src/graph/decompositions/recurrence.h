// Recurrent ops as TensorFlow before 2.3 knows them: a While over TensorLists,
// as Keras's backend.rnn makes it.
#pragma once

#include <span>
#include <vector>

#include "hornbeam/attrs.hpp"
#include "hornbeam/tensor.hpp"
#include "ops/op_def.h"

namespace hornbeam::graph {

// y and the last states of the fused op `op` (ops/recurrent/sequence.h) with
// these inputs and complete attrs.
std::vector<Tensor> decompose_recurrence(const OpDef& op, const Attrs& attrs, std::span<const Tensor> inputs);

}  // namespace hornbeam::graph
