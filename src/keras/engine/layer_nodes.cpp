// What a layer knows of its calls on symbolic tensors: their inputs, outputs and shapes.
#include <algorithm>

#include "hornbeam/layer.hpp"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {
namespace {

// What nobody uses may be gone: a tensor of its dtype and shape stands for it.
Values outputs_of(const KerasNode& node) {
  auto leaves = node.output_structure.flatten();
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (auto output = node.outputs[i].lock()) leaves[i] = Tensor(std::move(output));
  }
  return node.output_structure.pack_like(leaves);
}

// An Input's node has what it makes for its input, as in Keras.
Values inputs_of(const KerasNode& node) { return node.is_input() ? outputs_of(node) : node.inputs; }

std::vector<Shape> shapes_of(const Values& values) {
  std::vector<Shape> shapes;
  for (const auto& t : values.flatten()) shapes.push_back(t.shape());
  return shapes;
}

using Nodes = std::vector<std::shared_ptr<KerasNode>>;

// The first call's, whatever the number of calls, as in Keras. `what`: "input" or "output".
const KerasNode& first_node(const Nodes& nodes, const Layer& layer, const std::string& what) {
  if (!nodes.empty()) return *nodes[0];
  const auto who = "Layer " + layer.name();
  throw AttributeError(what == "input" ? who + " is not connected, no input to return."
                                       : who + " has no inbound nodes.");
}

const KerasNode& node_at(const Nodes& nodes, std::size_t index, const Layer& layer, const std::string& what) {
  if (nodes.empty()) {
    throw RuntimeError("The layer " + layer.name() + " has never been called and thus has no defined " + what + ".");
  }
  if (index >= nodes.size()) {
    throw ValueError("Asked to get " + what + " at node " + std::to_string(index) + ", but the layer has only " +
                     std::to_string(nodes.size()) + " inbound nodes.");
  }
  return *nodes[index];
}

// The shapes that all calls agree on. `of`: inputs_of or outputs_of.
std::vector<Shape> common_shapes(const Nodes& nodes, const Layer& layer, const std::string& what,
                                 Values (*of)(const KerasNode&)) {
  if (nodes.empty()) {
    throw AttributeError("The layer has never been called and thus has no defined " + what + " shape. (Layer " +
                         layer.name() + ")");
  }
  const auto shapes = shapes_of(of(*nodes[0]));
  if (std::any_of(nodes.begin(), nodes.end(), [&](const auto& node) { return shapes_of(of(*node)) != shapes; })) {
    throw AttributeError("The layer \"" + layer.name() + "\" has multiple inbound nodes, with different " + what +
                         " shapes. Hence the notion of \"" + what + " shape\" is ill-defined for the layer. Use `get_" +
                         what + "_shapes_at(node_index)` instead.");
  }
  return shapes;
}

Shape only_shape(const std::vector<Shape>& shapes, const Layer& layer, const std::string& what) {
  if (shapes.size() == 1) return shapes[0];
  throw AttributeError("Layer " + layer.name() + " has " + std::to_string(shapes.size()) + " " + what + "s: use `" +
                       what + "_shapes`.");
}

}  // namespace

std::vector<std::shared_ptr<KerasNode>> Layer::inbound_nodes() const {
  std::vector<std::shared_ptr<KerasNode>> nodes;
  for (const auto& weak : inbound_nodes_) {
    if (auto node = weak.lock()) nodes.push_back(std::move(node));
  }
  return nodes;
}

Values Layer::input() const {
  const auto nodes = inbound_nodes();
  return inputs_of(first_node(nodes, *this, "input"));
}
Values Layer::output() const {
  const auto nodes = inbound_nodes();
  return outputs_of(first_node(nodes, *this, "output"));
}

std::vector<Shape> Layer::input_shapes() const { return common_shapes(inbound_nodes(), *this, "input", inputs_of); }
std::vector<Shape> Layer::output_shapes() const { return common_shapes(inbound_nodes(), *this, "output", outputs_of); }
Shape Layer::input_shape() const { return only_shape(input_shapes(), *this, "input"); }
Shape Layer::output_shape() const { return only_shape(output_shapes(), *this, "output"); }

Values Layer::get_input_at(std::size_t node_index) const {
  const auto nodes = inbound_nodes();
  return inputs_of(node_at(nodes, node_index, *this, "input"));
}
Values Layer::get_output_at(std::size_t node_index) const {
  const auto nodes = inbound_nodes();
  return outputs_of(node_at(nodes, node_index, *this, "output"));
}
std::vector<Shape> Layer::get_input_shapes_at(std::size_t node_index) const {
  const auto nodes = inbound_nodes();
  return shapes_of(inputs_of(node_at(nodes, node_index, *this, "input shape")));
}
std::vector<Shape> Layer::get_output_shapes_at(std::size_t node_index) const {
  const auto nodes = inbound_nodes();
  return shapes_of(outputs_of(node_at(nodes, node_index, *this, "output shape")));
}

}  // namespace hornbeam
