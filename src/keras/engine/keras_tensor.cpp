#include "keras/engine/keras_tensor.h"

#include "keras/engine/op_layer.h"
#include "ops/ragged/ragged.h"

namespace hornbeam {
namespace {

class KerasRecorder final : public Recorder {
 public:
  // Above every trace: what mixes a symbolic Keras tensor in is part of the model.
  int level() const override { return 1 << 20; }
  std::vector<Tensor> record(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) override {
    return record_op_layer(op, inputs, attrs);
  }
  Tensor read_variable(const Variable& variable) override { return variable->value(); }
};

}  // namespace

std::shared_ptr<Recorder> keras_recorder() {
  static const auto recorder = std::make_shared<KerasRecorder>();
  return recorder;
}

Tensor make_keras_tensor(DType dtype, const Shape& shape, const std::shared_ptr<KerasNode>& node, int index,
                         bool has_mask, std::size_t ragged_rank) {
  auto impl = std::make_shared<KerasTensor>(dtype, shape, node, index);
  impl->recorder = keras_recorder();
  impl->has_mask = has_mask;
  impl->ragged_rank = ragged_rank;
  if (static_cast<std::size_t>(index) >= node->outputs.size())
    node->outputs.resize(static_cast<std::size_t>(index) + 1);
  node->outputs[static_cast<std::size_t>(index)] = impl;
  return Tensor(std::move(impl));
}

std::size_t ragged_rank_of(const Tensor& t) {
  if (const auto* symbolic = as_keras_tensor(t)) return symbolic->ragged_rank;
  const auto* ragged = as_ragged(t);
  return ragged ? ragged->splits.size() : 0;
}

bool any_keras_tensor(const Values& values) {
  for (const auto& t : values.flatten()) {
    if (is_keras_tensor(t)) return true;
  }
  return false;
}

bool any_keras_tensor(const CallOptions& options) {
  if (any_keras_tensor(options.initial_state) || any_keras_tensor(options.mask)) return true;
  for (const auto& [name, values] : options.tensors) {
    if (any_keras_tensor(values)) return true;
  }
  return false;
}

std::vector<Tensor> KerasNode::symbolic_inputs() const {
  std::vector<Tensor> result;
  const auto take = [&](const Values& values) {
    for (const auto& t : values.flatten()) {
      if (is_keras_tensor(t)) result.push_back(t);
    }
  };
  take(inputs);
  take(options.initial_state);
  take(options.mask);
  // Attention's value and key, which are given by place, come before masks, which are given by name.
  const auto by_place = [](std::string_view name) { return name == "value" || name == "key"; };
  for (const auto* name : {"value", "key"}) {
    if (const auto it = options.tensors.find(name); it != options.tensors.end()) take(it->second);
  }
  for (const auto& [name, values] : options.tensors) {
    if (!by_place(name)) take(values);
  }
  return result;
}

int KerasNode::index() const {
  const auto nodes = layer->inbound_nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].get() == this) return static_cast<int>(i);
  }
  return 0;
}

KerasNode::~KerasNode() {
  // tensor -> node -> input tensor -> node ...: a chain of thousands would overflow the stack if each destroyed the
  // next.
  thread_local std::vector<Values>* pending = nullptr;
  const auto defer = [&](std::vector<Values>& queue) {
    queue.push_back(std::move(inputs));
    queue.push_back(std::move(options.initial_state));
    queue.push_back(std::move(options.mask));
    for (auto& [name, values] : options.tensors) queue.push_back(std::move(values));
  };
  if (pending) {
    defer(*pending);
    return;
  }
  std::vector<Values> queue;
  pending = &queue;
  defer(queue);
  while (!queue.empty()) {
    const auto values = std::move(queue.back());
    queue.pop_back();
  }
  pending = nullptr;
}

}  // namespace hornbeam
