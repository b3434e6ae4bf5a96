#include "keras/saving/call_arguments.h"

#include <algorithm>

#include "hornbeam/layers/attention.hpp"
#include "hornbeam/layers/projected_attention.hpp"
#include "hornbeam/layers/stacked_rnn_cells.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/saving/revived.h"

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

// A name, and the place that Keras 3's configs have instead.
std::vector<std::string> argument_keys(bool has_places, const std::string& name) {
  if (!has_places) return {name};
  const auto& names = ProjectedAttentionLayer::argument_names();
  return {name, "arg" + std::to_string(std::ranges::find(names, name) - names.begin())};
}

// The arguments of attention layers in tf.keras after the first; a default says what stands where none is given.
struct AttentionArgument {
  const char* name;
  bool required;
  Config default_value;
};
std::vector<AttentionArgument> attention_arguments(const Layer& layer) {
  if (dynamic_cast<const ProjectedAttentionLayer*>(&layer)) {
    return {{"value", true, {}},           {"key", false, {}},
            {"attention_mask", false, {}}, {"return_attention_scores", false, false},
            {"training", false, false},    {"use_causal_mask", false, false}};
  }
  if (dynamic_cast<const DenseAttentionLayer*>(&layer) && current_target() != Target::tf22) {
    return {{"mask", false, {}},
            {"training", false, false},
            {"return_attention_scores", false, false},
            {"use_causal_mask", false, false}};
  }
  return {};
}

// As the first call had them; of a layer that was only called on values, by the shapes it was built for.
void add_attention_arguments(const Layer& layer, CallFunctions::Arguments& arguments) {
  const auto* projected = dynamic_cast<const ProjectedAttentionLayer*>(&layer);
  const auto nodes = layer.inbound_nodes();
  CallOptions options;
  if (!nodes.empty()) {
    options = nodes[0]->options;
  } else if (projected) {
    for (const auto& [name, shape] : projected->shapes()) {
      auto served = shape;
      served[0] = None;
      const auto key = name.substr(0, name.find("_shape"));
      const Tensor tensor(std::make_shared<TensorImpl>(layer.compute_dtype(), served));
      if (key == "query")
        arguments.inputs = tensor;
      else
        options.tensors.emplace(key, tensor);
    }
  }
  if (projected) {
    arguments.first = "query";
    arguments.names = {"query"};
  }
  for (auto& argument : attention_arguments(layer)) {
    CallFunctions::Arguments::Further further{
        argument.name, {}, argument.default_value, argument.required, argument.default_value};
    for (const auto& key : argument_keys(projected, argument.name)) {
      if (const auto it = options.tensors.find(key); it != options.tensors.end()) further.tensors = it->second;
      if (const auto* plain = options.kwargs.find(key); plain && plain->is_bool()) further.plain = *plain;
    }
    arguments.further.push_back(std::move(further));
  }
}

}  // namespace

std::optional<CallFunctions::Arguments> arguments_of(const Layer& layer) {
  CallFunctions::Arguments arguments;
  if (const auto* model = dynamic_cast<const Model*>(&layer)) {
    arguments.takes_training = arguments.takes_mask = true;
    arguments.inputs = model->symbolic_inputs();
    arguments.names = model->input_names();
    const auto* revived = dynamic_cast<const RevivedObject*>(&layer);
    arguments.tuple = revived && revived->takes_tuple();
  } else {
    arguments.takes_training = layer.expects_training();
    const auto nodes = layer.inbound_nodes();
    if (!nodes.empty()) arguments.inputs = nodes[0]->inputs;
  }
  if (arguments.inputs.is_none()) {
    const bool revived = dynamic_cast<const RevivedObject*>(&layer) != nullptr;
    if (revived && layer.build_inputs().is_none()) return std::nullopt;  // it was saved without a function
    // It was called on some batch; others are to be served, unless its functions take just this one.
    const auto served = [revived](DType dtype, Shape shape) {
      if (shape.rank() > 0 && !revived) shape[0] = None;
      return Tensor(std::make_shared<TensorImpl>(dtype, shape));
    };
    std::vector<Tensor> leaves;
    for (const auto& t : layer.build_inputs().flatten()) {
      leaves.push_back(t.defined() ? served(t.dtype(), t.shape()) : Tensor());
    }
    if (!leaves.empty()) {
      arguments.inputs = layer.build_inputs().pack_like(leaves);
    } else {
      for (const auto& shape : layer.build_shapes()) leaves.push_back(served(layer.compute_dtype(), shape));
      if (leaves.empty()) return std::nullopt;
      arguments.inputs = leaves.size() == 1 ? Values(leaves[0]) : Values(leaves);
    }
  }
  add_attention_arguments(layer, arguments);
  for (const auto& leaf : arguments.inputs.flatten()) {
    if (!leaf.defined()) return std::nullopt;
  }
  if (const auto* cell = dynamic_cast<const RNNCell*>(&layer)) arguments.states = states_of(*cell);
  return arguments;
}

}  // namespace hornbeam
