#include "keras/streaming/stream_trace.h"

#include <algorithm>
#include <map>

#include "hornbeam/layers/rnn.hpp"
#include "hornbeam/ops_array.hpp"
#include "keras/engine/call_scope.h"
#include "keras/engine/graph_values.h"
#include "keras/streaming/streamable.h"

namespace hornbeam {

// The values of one model's graph, so far.
class StreamTrace::Graph {
 public:
  Graph(StreamTrace& trace, const FunctionalModel& model, const Traced& inputs) : trace_(trace) {
    const auto symbolic = model.symbolic_inputs().flatten();
    const auto tensors = inputs.values.flatten(), masks = inputs.values.flatten_masks();
    for (std::size_t i = 0; i < symbolic.size(); ++i) {
      keep(symbolic[i], ops::cast(tensors.at(i), symbolic[i].dtype()), masks[i], inputs.sequence.at(i));
    }
  }

  void call(const KerasNode& node) {
    auto& layer = *node.layer;
    const auto in = flags_of(node.inputs);
    if (node.options.training.value_or(false)) refuse_to_stream(layer, "it is called with training=True.");
    const bool any = std::find(in.begin(), in.end(), true) != in.end();
    if (dynamic_cast<const Model*>(&layer)) {
      call_model(node);
    } else if (!any) {
      if (layer.stateful()) refuse_to_stream(layer, "it is stateful: its states would belong to the model.");
      values_.call(node, layer);
    } else {
      call_on_sequences(node, in);
    }
  }

  Traced of(const Values& symbolic) const { return {values_.of(symbolic), flags_of(symbolic)}; }

 private:
  void keep(const Tensor& symbolic, Tensor value, Tensor mask, bool sequence) {
    values_.set(symbolic, std::move(value), std::move(mask));
    sequence_[symbolic.impl().get()] = sequence;
  }

  std::vector<bool> flags_of(const Values& symbolic) const {
    std::vector<bool> flags;
    for (const auto& t : symbolic.flatten()) {
      const auto at = sequence_.find(t.impl().get());
      flags.push_back(at != sequence_.end() && at->second);
    }
    return flags;
  }

  // The inputs of a nested model as it arranges them: symbolic ones, for these have the shapes that it expects.
  void call_model(const KerasNode& node) {
    const auto& model = static_cast<const Model&>(*node.layer);
    if (any_keras_tensor(node.options)) refuse_to_stream(model, "its call has arguments beside its input.");
    const CallScope scope(model, /*training=*/false);
    const auto inner = trace_.run(model, of(model.arrange_inputs(node.inputs)));
    const auto tensors = inner.values.flatten(), masks = inner.values.flatten_masks();
    for (std::size_t i = 0; i < tensors.size() && i < node.outputs.size(); ++i) {
      if (auto impl = node.outputs[i].lock()) keep(Tensor(std::move(impl)), tensors[i], masks[i], inner.sequence[i]);
    }
  }

  void call_on_sequences(const KerasNode& node, const std::vector<bool>& in) {
    auto& layer = *node.layer;
    const auto kind = stream_kind(node);
    if (std::find(in.begin(), in.end(), false) != in.end()) {
      refuse_to_stream(layer, "only some of its inputs are sequences.");
    }
    if (!node.options.initial_state.is_none()) {
      refuse_to_stream(layer, "it is called with an initial state: a stream has its own.");
    }
    if (!node.options.mask.is_none() || any_keras_tensor(node.options)) {
      refuse_to_stream(layer, "its call has arguments beside its input.");
    }
    if (kind == StreamKind::stateful) {
      const StreamScope scope(layer, trace_.states_);
      values_.call(node, layer);
    } else {
      values_.call(node, layer);
    }
    const auto* rnn = dynamic_cast<const RNNLayer*>(&layer);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const bool sequence = !rnn || (rnn->flags().return_sequences && i < node.outputs.size() - states_returned(*rnn));
      if (const auto impl = node.outputs[i].lock()) sequence_[impl.get()] = sequence;
    }
  }

  static std::size_t states_returned(const RNNLayer& rnn) {
    return rnn.flags().return_state ? rnn.cell()->state_size().size() : 0;
  }

  StreamTrace& trace_;
  GraphValues values_;
  std::map<const TensorImpl*, bool> sequence_;
};

StreamTrace::Traced StreamTrace::run(const Model& model, const Traced& inputs) {
  const auto* functional = dynamic_cast<const FunctionalModel*>(&model);
  if (!functional || functional->symbolic_inputs().is_none()) {
    refuse_to_stream(model, functional ? "the shape of its input is not known. Build it, or give it an Input."
                                       : "it is defined by its code. Functional and Sequential models can.");
  }
  Graph graph(*this, *functional, inputs);
  for (const auto& placed : functional->nodes_up_to(FunctionalModel::Extent::outputs)) {
    if (!placed.node->is_input()) graph.call(*placed.node);
  }
  return graph.of(functional->symbolic_outputs());
}

}  // namespace hornbeam
