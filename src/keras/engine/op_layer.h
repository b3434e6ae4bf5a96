// Op calls on symbolic Keras tensors become layers: a TFOpLambda, named as Keras names it ("tf.math.multiply"), or a
// TensorFlowOpLayer where tf.* has no function for the op. Configs of all Keras's op layers are read.
#pragma once

#include <span>
#include <vector>

#include "hornbeam/layer.hpp"
#include "ops/op_def.h"

namespace hornbeam {

std::vector<Tensor> record_op_layer(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs);
void register_op_layers();

}  // namespace hornbeam
