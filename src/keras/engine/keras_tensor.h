// Symbolic Keras tensors, the nodes they come from, and the recorder that makes op-layers of op calls on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hornbeam/layer.hpp"
#include "tensor/recorder.h"

namespace hornbeam {

// One call of a layer on symbolic tensors. Tensors own their node, the node its layer and input tensors.
struct KerasNode {
  std::shared_ptr<Layer> layer;
  Values inputs;  // symbolic (concrete leaves are constants of the call)
  CallOptions options;
  std::vector<std::weak_ptr<TensorImpl>> outputs;  // flattened
  Values output_structure;  // leaves are placeholders without a node (they would own it in a ring)
  ~KerasNode();             // long chains are taken apart without recursion

  bool is_input() const { return inputs.is_none(); }
  // Flattened symbolic inputs: first argument, then keyword arguments.
  std::vector<Tensor> symbolic_inputs() const;
  int index() const;  // among the layer's inbound nodes
};

struct KerasTensor final : TensorImpl {
  KerasTensor(DType d, Shape s, std::shared_ptr<KerasNode> n, int i)
      : TensorImpl(d, std::move(s)), node(std::move(n)), tensor_index(i) {}
  std::shared_ptr<KerasNode> node;
  int tensor_index;
  bool has_mask = false;
  std::size_t ragged_rank = 0;  // of a RaggedTensor: its ragged dims, the first after the batch
};

inline const KerasTensor* as_keras_tensor(const Tensor& t) { return dynamic_cast<const KerasTensor*>(t.impl().get()); }
inline bool is_keras_tensor(const Tensor& t) { return as_keras_tensor(t) != nullptr; }
bool any_keras_tensor(const Values& values);
bool any_keras_tensor(const CallOptions& options);

// The recorder of every symbolic Keras tensor: an op call becomes a layer.
std::shared_ptr<Recorder> keras_recorder();

// A symbolic tensor that is output `index` of `node`.
Tensor make_keras_tensor(DType dtype, const Shape& shape, const std::shared_ptr<KerasNode>& node, int index,
                         bool has_mask, std::size_t ragged_rank = 0);
// How many dims of a tensor of any kind are ragged.
std::size_t ragged_rank_of(const Tensor& t);

// The engine's own view of a layer.
struct LayerAccess {
  static void add_node(Layer& layer, const std::shared_ptr<KerasNode>& node) { layer.inbound_nodes_.push_back(node); }
  // Builds a layer that has no scope of its own: its weights are named after the layer around it.
  // Where its `build` is one that does not keep them, Keras 2 then does not know for which shapes it was built.
  static void build_within(Layer& layer, const std::vector<Shape>& input_shapes, bool keeps_shapes) {
    const bool was_built = layer.built();
    layer.build_here(input_shapes);
    if (!was_built && !keeps_shapes) layer.build_shapes_.clear();
  }
  // Of a layer that was called before it was saved: by the shape it was built for, if that is known, on such inputs.
  static void set_called(Layer& layer, const std::optional<Shape>& shape, Values inputs) {
    if (shape) layer.build_shapes_ = {*shape};
    layer.build_inputs_ = std::move(inputs);
  }
  static Values call_now(Layer& layer, const Values& inputs, const CallOptions& options) {
    return layer.call_now(inputs, options);
  }
  // The same weight as one that training overwrites (overwritten.h).
  static Variable overwritten_weight(Layer& layer, const std::string& name);
  // Of weights whose shape follows from what they learned: zeros of another shape in place of this one. Null when the
  // layer has none of that name.
  static Variable resized_weight(Layer& layer, const std::string& name, const Shape& shape);
};

}  // namespace hornbeam
