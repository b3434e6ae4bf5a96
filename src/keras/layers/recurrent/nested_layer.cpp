#include "keras/layers/recurrent/nested_layer.h"

#include "hornbeam/serialization.hpp"
#include "keras/serialization/dialect.h"

namespace hornbeam {
namespace {

std::string text_of(const Layer& layer) { return layer.class_name() + " layer '" + layer.name() + "'"; }

}  // namespace

LayerRef nested_layer(const Config& object) {
  if (current_generation() == Generation::keras3 || !object.is_dict()) return layers::deserialize(object);
  auto unbuilt = object;
  unbuilt.erase("build_config");
  return layers::deserialize(unbuilt);
}

CellRef nested_cell(const Config& object, bool stacked) {
  const auto layer = nested_layer(object).ptr();
  auto cell = std::dynamic_pointer_cast<RNNCell>(layer);
  if (!cell) {
    const std::string words =
        stacked ? "All cells must have a `state_size` attribute. Received cell without a `state_size`: "
                : "The RNN cell should have an attribute `state_size` (tuple of integers, one integer per RNN state). "
                  "Received: ";
    throw ValueError(words + text_of(*layer) + ". Derive the cell's class from RNNCell.");
  }
  return cell;
}

Ref<RNNLayer> nested_rnn(const Config& object, const char* wrapper) {
  const auto layer = nested_layer(object).ptr();
  auto rnn = std::dynamic_pointer_cast<RNNLayer>(layer);
  if (!rnn) {
    throw ValueError("Please initialize `" + std::string(wrapper) +
                     "` layer with a recurrent `Layer` instance. You "
                     "passed: " +
                     text_of(*layer));
  }
  return rnn;
}

}  // namespace hornbeam
