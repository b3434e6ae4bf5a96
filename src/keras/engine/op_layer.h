// Op calls on symbolic Keras tensors: each becomes a TFOpLambda layer, named as Keras names it ("tf.math.multiply").
#pragma once

#include <span>
#include <vector>

#include "hornbeam/layer.hpp"
#include "ops/op_def.h"

namespace hornbeam {

std::vector<Tensor> record_op_layer(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs);
void register_op_layers();

}  // namespace hornbeam
