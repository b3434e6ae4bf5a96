// Op calls on symbolic Keras tensors become layers: a TFOpLambda, named as Keras names it ("tf.math.multiply"), or a
// TensorFlowOpLayer where tf.* has no function for the op. Configs of all Keras's op layers are read.
#pragma once

#include <span>
#include <vector>

#include "hornbeam/layer.hpp"
#include "keras/engine/op_form.h"
#include "ops/op_def.h"

namespace hornbeam {

// A layer that is one op call: TFOpLambda, SlicingOpLambda, TensorFlowOpLayer, Keras 3's operations.
class OpLayer : public Layer {
 public:
  using Layer::Layer;
  // One of its calls in TensorFlow's terms. Throws ValueError naming the layer when tf.* has no function for it.
  virtual OpForm form(const KerasNode& node) const = 0;
};

// What the function makes of these arguments. `what`: for messages. Throws NotImplementedError on an argument that is
// not understood.
Values call_op_function(const OpFunction& function, const std::string& what, const Values& inputs,
                        const CallOptions& options, const Config& settings = Config::dict());

std::vector<Tensor> record_op_layer(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs);
void register_op_layers();
// The layer class "ops>Add" of one of Keras 3's operations.
void register_operation(const OpFunction& function);

}  // namespace hornbeam
