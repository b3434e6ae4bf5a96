// FunctionalModel: the graph of layers between symbolic inputs and outputs.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "hornbeam/model.hpp"
#include "hornbeam/ops_array.hpp"
#include "keras/engine/graph_map.h"
#include "keras/engine/graph_values.h"
#include "keras/engine/input_count.h"
#include "keras/engine/input_spec.h"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {
namespace {

void check_symbolic(const Values& values, const char* what) {
  for (const auto& t : values.flatten()) {
    if (!is_keras_tensor(t)) {
      throw ValueError(std::string(what) + " tensors to a Functional must come from `tf.keras.Input`. Received: " +
                       t.to_string() + " (missing previous layer metadata).");
    }
  }
}

std::string layer_of(const Tensor& t) { return as_keras_tensor(t)->node->layer->name(); }

}  // namespace

FunctionalModel::FunctionalModel(const ModelOptions& options) : Model(options) {}

FunctionalModel::FunctionalModel(const Values& inputs, const Values& outputs, const ModelOptions& options)
    : Model(options) {
  init_graph(inputs, outputs);
}

FunctionalModel::~FunctionalModel() = default;

void FunctionalModel::init_graph(const Values& inputs, const Values& outputs) {
  check_symbolic(inputs, "Input");
  check_symbolic(outputs, "Output");
  const auto flat = inputs.flatten();
  std::set<const TensorImpl*> seen;
  for (const auto& t : flat) {
    if (!seen.insert(t.impl().get()).second) {
      throw ValueError(
          "The list of inputs passed to the model is redundant. All inputs should only appear once. Found: " +
          as_keras_tensor(t)->node->layer->name() + " several times.");
    }
  }
  if (std::all_of(flat.begin(), flat.end(), [](const Tensor& t) { return as_keras_tensor(t)->node->is_input(); })) {
    inputs_ = inputs;
    outputs_ = outputs;
  } else {
    // A model that starts inside another: its nodes are copied onto Inputs of its own.
    std::tie(inputs_, outputs_) = clone_nodes(inputs, outputs);
  }
  auto map = map_graph(inputs_.flatten(), outputs_.flatten());
  layers_ = std::move(map.layers);
  nodes_ = std::move(map.nodes);
  remove_sublayers();
  for (const auto& layer : layers_) add_sublayer(layer);
  outputs_part_ = config_part_ = {layers_.size(), nodes_.size()};
  set_built(true);
  autocast_ = false;
  reset_functions();
  for (const auto& call : added_) insert_added(call);
}

std::string FunctionalModel::naming_class() const {
  const auto name = class_name();
  return name == kClassName && target() != "keras3" ? "Model" : name;
}

std::vector<std::string> FunctionalModel::input_names() const {
  std::vector<std::string> names;
  for (const auto& t : inputs_.flatten()) names.push_back(layer_of(t));
  return names;
}

std::vector<std::string> FunctionalModel::output_names() const {
  // Keras makes repeated names unique: "dense", "dense_1".
  std::vector<std::string> names;
  std::map<std::string, int> counts;
  for (const auto& t : outputs_.flatten()) {
    auto name = layer_of(t);
    const int n = counts[name]++;
    names.push_back(n == 0 ? name : name + "_" + std::to_string(n));
  }
  return names;
}

Values FunctionalModel::call(const Values& given, CallContext& context) {
  const auto inputs = arrange_inputs(given);
  const auto flat = inputs.flatten();
  auto masks = inputs.flatten_masks();
  if (!context.options().mask.is_none()) masks = context.options().mask.flatten();
  masks.resize(flat.size());
  const auto symbolic = inputs_.flatten();
  GraphValues values;
  for (std::size_t i = 0; i < symbolic.size(); ++i) {
    values.set(symbolic[i], ops::cast(flat[i], symbolic[i].dtype()), masks[i]);
  }
  for (const auto& placed : nodes_) {
    if (!placed.node->is_input()) values.call(*placed.node, *placed.node->layer);
  }
  return values.of(outputs_);
}

// The outputs carry the masks their layers gave them.
std::vector<Tensor> FunctionalModel::compute_mask(const Values&, const std::vector<Tensor>&) { return {}; }

Values FunctionalModel::arrange_inputs(const Values& x) const {
  const auto wanted = inputs_.flatten();
  std::vector<Tensor> leaves, masks;
  if (x.is_dict()) {
    // By the key the model's dict has, or the input layer's name; further keys are ignored, as in Keras.
    std::vector<std::string> keys;
    if (inputs_.is_dict()) {
      for (const auto& [key, value] : inputs_.dict()) keys.push_back(key);
    } else {
      keys = input_names();
    }
    const auto names = input_names();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto& dict = x.dict();
      auto it = dict.find(keys[i]);
      if (it == dict.end()) it = dict.find(names[i]);
      if (it == dict.end()) {
        throw ValueError("Missing data for input \"" + names[i] +
                         "\". You passed a data dictionary with other keys. "
                         "Expected the following keys: " +
                         names[i]);
      }
      leaves.push_back(it->second.tensor());
      masks.push_back(it->second.mask());
    }
  } else {
    leaves = x.flatten();
    masks = x.flatten_masks();
  }
  if (leaves.size() != wanted.size()) {
    throw_model_input_count(input_names(), leaves, name(), target_named(target()));
  }
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const auto& spec = wanted[i].shape();
    const auto& shape = leaves[i].shape();
    // A batch of scalars is also taken as a column, and a column as scalars, as Keras does.
    if (!spec.has_rank() || !shape.has_rank() || !leaves[i].is_concrete()) continue;
    if (shape.rank() + 1 == spec.rank() && spec.back() == 1) {
      auto dims = shape.dims();
      dims.push_back(1);
      leaves[i] = leaves[i].reshaped(Shape(dims));
    } else if (shape.rank() == spec.rank() + 1 && shape.back() == 1) {
      auto dims = shape.dims();
      dims.pop_back();
      leaves[i] = leaves[i].reshaped(Shape(dims));
    }
  }
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    auto spec = wanted[i].shape();
    if (spec.has_rank() && spec.rank() > 0) spec[0] = None;  // a fixed batch size is not enforced here
    if (!spec.is_compatible_with(leaves[i].shape())) throw_input_shape(i, spec, leaves[i].shape(), name());
  }
  return inputs_.pack_like(leaves, masks);
}

}  // namespace hornbeam
