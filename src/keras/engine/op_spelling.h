// Op layers as another Keras has them: TensorFlowOpLayer (tf.keras 2.2), TFOpLambda and SlicingOpLambda (2.4 to 2.15),
// operations (Keras 3).
#pragma once

#include <optional>
#include <string>

#include "hornbeam/target.hpp"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {

struct OpSpelling {
  std::string class_name;
  Config config;
  Values inputs;
  CallOptions options;
};
// This call of the layer as the target's Keras would hold it; nothing when the layer is no op layer, or the target has
// its class. Throws ValueError naming the layer when the target has nothing like it.
std::optional<OpSpelling> op_spelling(const Layer& layer, const KerasNode& node, Target target);
// {"class_name", "config"} of the layer so; all its calls must agree. Throws ValueError naming the layer.
std::optional<Config> op_layer_object(const Layer& layer, Target target);
// The layer's name in the target's configs: tf.keras 2.2 puts "tf_op_layer_" before those of its op layers.
std::string name_for(const Layer& layer, Target target);
// In Keras 3 operations are no layers of the model.
bool is_op_layer(const Layer& layer);

}  // namespace hornbeam
