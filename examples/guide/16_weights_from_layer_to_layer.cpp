// Transferring weights from one layer to another, in memory: get_weights() and set_weights().
#include "sections.h"

namespace guide {
namespace {

hb::Dense create_layer() {
  const auto layer = hb::Dense(64, {.activation = "relu", .name = "dense_2"});
  layer->build({hb::None, 784});
  return layer;
}

}  // namespace

void weights_from_layer_to_layer(const Folder&) {
  const auto layer_1 = create_layer();
  const auto layer_2 = create_layer();
  check(!same_values(layer_1->get_weights()[0], layer_2->get_weights()[0]), "the layers start with different weights");

  // Copy weights from layer 1 to layer 2.
  layer_2->set_weights(layer_1->get_weights());
  assert_same_weights(layer_2->weights(), layer_1->weights());
}

}  // namespace guide
