#include "keras/saving/call_arguments.h"

#include "hornbeam/layers/stacked_rnn_cells.hpp"
#include "hornbeam/model.hpp"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {
namespace {

// As a recurrent layer gives them to its cell; several of a cell among stacked ones are a list in the list.
Values states_of(const RNNCell& cell) {
  Values::List states;
  if (const auto* stacked = dynamic_cast<const StackedRNNCellsLayer*>(&cell)) {
    for (const auto& inner : stacked->cells()) {
      auto its = states_of(*inner);
      states.push_back(its.size() == 1 ? its[0] : std::move(its));
    }
    return Values(std::move(states));
  }
  for (const auto& size : cell.state_size()) {
    std::vector<std::int64_t> dims{None};
    dims.insert(dims.end(), size.begin(), size.end());
    states.emplace_back(Tensor(std::make_shared<TensorImpl>(cell.compute_dtype(), Shape(dims))));
  }
  return Values(std::move(states));
}

}  // namespace

std::optional<CallFunctions::Arguments> arguments_of(const Layer& layer) {
  CallFunctions::Arguments arguments;
  if (const auto* model = dynamic_cast<const Model*>(&layer)) {
    arguments.takes_training = arguments.takes_mask = true;
    arguments.inputs = model->symbolic_inputs();
    arguments.names = model->input_names();
  } else {
    arguments.takes_training = layer.expects_training();
    const auto nodes = layer.inbound_nodes();
    if (!nodes.empty()) arguments.inputs = nodes[0]->inputs;
  }
  if (arguments.inputs.is_none()) {
    std::vector<Tensor> leaves;
    for (auto shape : layer.build_shapes()) {
      if (shape.rank() > 0) shape[0] = None;  // it was called on some batch; others are to be served
      leaves.emplace_back(std::make_shared<TensorImpl>(layer.compute_dtype(), shape));
    }
    if (leaves.empty()) return std::nullopt;
    arguments.inputs = leaves.size() == 1 ? Values(leaves[0]) : Values(leaves);
  }
  for (const auto& leaf : arguments.inputs.flatten()) {
    if (!leaf.defined()) return std::nullopt;
  }
  if (const auto* cell = dynamic_cast<const RNNCell*>(&layer)) arguments.states = states_of(*cell);
  return arguments;
}

}  // namespace hornbeam
