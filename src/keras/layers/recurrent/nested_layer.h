// Layers in configs of layers.
#pragma once

#include "hornbeam/layers/rnn.hpp"

namespace hornbeam {

// The layer that an object form inside another layer's config describes. Keras 3 builds it at once, where the form says
// for which shape; Keras 2 leaves that to the layer around it, which names the weights.
LayerRef nested_layer(const Config& object);
// Throw ValueError in Keras's words when it is another layer. `stacked`: it is one of several cells.
CellRef nested_cell(const Config& object, bool stacked = false);
Ref<RNNLayer> nested_rnn(const Config& object, const char* wrapper);

}  // namespace hornbeam
