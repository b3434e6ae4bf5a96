// SequentialModel: a stack of layers, with a functional graph as soon as the input's shape is known.
#include "hornbeam/model.hpp"
#include "keras/engine/call_scope.h"
#include "keras/engine/graph_map.h"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {
namespace {

bool is_input_layer(const Layer& layer) { return dynamic_cast<const InputLayer*>(&layer) != nullptr; }

// Of an Input that nobody made: with a mixed policy Kerases differ.
DType input_dtype(const Layer& first, const std::string& target) {
  return target == "keras3" ? first.compute_dtype() : first.variable_dtype();
}

}  // namespace

SequentialModel::SequentialModel(const std::vector<SequentialItem>& items, const ModelOptions& options)
    : FunctionalModel(options) {
  autocast_ = false;
  supports_masking_ = true;
  for (const auto& item : items) push(item);
  finish();
}

void SequentialModel::add(const SequentialItem& item) {
  push(item);
  finish();
}

// Once for all that was pushed: the walk over the graph costs as much for one layer more as for a thousand.
void SequentialModel::finish() {
  if (graph_ready_) init_graph(inputs_, outputs_);
}

void SequentialModel::push(const SequentialItem& item) {
  Tensor input = item.input();
  if (!item.layer() && !input.defined()) {
    throw TypeError("The added layer must be an instance of class Layer. Found: None");
  }
  if (const auto layer = item.layer()) {
    for (const auto& known : stack_) {
      if (known->name() == layer->name()) {
        throw ValueError("The name \"" + layer->name() +
                         "\" is used 2 times in the model. All layer names should be unique. Give one of them "
                         "another `name`.");
      }
    }
    if (stack_.empty() && !is_input_layer(*layer)) {
      // The first layer may say what its input is; a nested model's first layer too.
      std::optional<Shape> shape = layer->batch_input_shape();
      auto dtype = input_dtype(*layer, target());
      if (!shape) {
        if (const auto* model = dynamic_cast<const FunctionalModel*>(layer.get())) {
          const auto inputs = model->symbolic_inputs().flatten();
          if (inputs.size() == 1) {
            shape = inputs[0].shape();
            dtype = inputs[0].dtype();
          }
        }
      }
      if (shape) input = InputLayer::create(*shape, dtype, layer->name() + "_input");
    }
  }
  if (input.defined()) {
    if (!stack_.empty()) throw ValueError("An Input can only be the first item of a Sequential model.");
    const auto* k = as_keras_tensor(input);
    if (!k || !k->node->is_input()) {
      throw TypeError("The added layer must be an instance of class Layer. Found: " + input.to_string());
    }
    stack_.push_back(k->node->layer);
    inputs_ = outputs_ = input;
    graph_ready_ = true;
  }
  if (const auto layer = item.layer()) {
    if (is_input_layer(*layer)) {
      if (!stack_.empty()) throw ValueError("An InputLayer can only be the first layer of a Sequential model.");
      const auto nodes = layer->inbound_nodes();
      if (!nodes.empty() && nodes[0]->outputs[0].lock()) {
        push(Tensor(nodes[0]->outputs[0].lock()));
      } else {
        push(InputLayer::create_like(static_cast<const InputLayer&>(*layer)));
      }
      return;
    }
    stack_.push_back(layer);
    if (graph_ready_) {
      const RootNameScope root;
      const auto out = (*layer)(outputs_);
      if (out.flatten().size() != 1) {
        throw ValueError(
            "All layers in a Sequential model should have a single output tensor. For multi-output layers, use the "
            "functional API.");
      }
      outputs_ = out.tensor();
    } else {
      remove_sublayers();
      for (const auto& l : stack_) add_sublayer(l);
    }
  }
}

void SequentialModel::pop() {
  const auto visible = layers();
  if (visible.empty()) throw TypeError("There are no layers in the model.");
  auto rest = stack_;
  rest.pop_back();
  const auto input = inputs_;
  const bool ready = graph_ready_;
  stack_.clear();
  graph_ready_ = false;
  remove_sublayers();
  set_built(false);
  reset_functions();
  if (ready) {
    push(SequentialItem(input.tensor()));
    rest.erase(rest.begin());
  }
  for (const auto& layer : rest) push(LayerRef(layer));
  finish();
}

void SequentialModel::make_graph(const Tensor& input) {
  auto rest = stack_;
  stack_.clear();
  remove_sublayers();
  const RootNameScope root;
  push(SequentialItem(input));
  for (const auto& layer : rest) push(LayerRef(layer));
  finish();
}

void SequentialModel::build(const Shape& input_shape) {
  if (graph_ready_) return;
  build_input_shape_ = input_shape;
  auto dims = input_shape.dims();
  if (!dims.empty()) dims[0] = None;
  if (stack_.empty()) return;
  make_graph(InputLayer::create(Shape(dims), input_dtype(*stack_[0], target()), stack_[0]->name() + "_input"));
}

std::vector<std::shared_ptr<Layer>> SequentialModel::layers() const {
  auto layers = stack_;
  if (!layers.empty() && is_input_layer(*layers[0])) layers.erase(layers.begin());
  return layers;
}

// Its graph is for the input it happened to be built for: one of other sizes goes through the layers as they stand.
bool SequentialModel::passes_graph(const Values& x) const {
  if (!graph_ready_) return true;
  if (!build_input_shape_ || !x.is_tensor()) return false;
  const auto& built = inputs_.tensor().shape();
  const auto& shape = x.tensor().shape();
  return shape.has_rank() && shape.rank() == built.rank() && !shape.is_compatible_with(built);
}

Values SequentialModel::call(const Values& given, CallContext& context) {
  if (!passes_graph(given)) return FunctionalModel::call(given, context);
  Values x = given;
  for (const auto& layer : stack_) x = (*layer)(x);
  return x;
}

std::vector<Tensor> SequentialModel::compute_mask(const Values&, const std::vector<Tensor>&) { return {}; }

Values SequentialModel::arrange_inputs(const Values& x) const {
  return passes_graph(x) ? x : FunctionalModel::arrange_inputs(x);
}

}  // namespace hornbeam
