#include "hornbeam/layers/base_layers.hpp"

#include "hornbeam/errors.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/layers/recurrent/nested_layer.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {
namespace {

Values passed_on(const Values& inputs, const char* class_name) {
  if (current_target() == Target::keras3) {
    throw NotImplementedError(std::string("Layer ") + class_name + " does not have a `call()` method implemented.");
  }
  return inputs;
}

}  // namespace

PlainLayer::PlainLayer(const PlainOptions& options) : Layer(options.layer()) {
  activity_regularizer_ = options.activity_regularizer;
}

Values PlainLayer::call(const Values& inputs, CallContext&) { return passed_on(inputs, kClassName); }

WrapperLayer::WrapperLayer(const LayerRef& layer, const WrapperOptions& options) : Layer(options.layer()) {
  if (!layer) throw ValueError("Layer None supplied to wrapper is not a supported layer type.");
  layer_ = track("layer", layer);
}

void WrapperLayer::build(const Shape& input_shape) {
  // Named after the wrapper in tf.keras.
  if (current_generation() == Generation::keras3) {
    layer_->ensure_built({input_shape});
  } else {
    LayerAccess::build_within(*layer_, {input_shape}, keras2_build_keeps_shapes(layer_->class_name()));
  }
}

Values WrapperLayer::call(const Values& inputs, CallContext&) { return passed_on(inputs, kClassName); }

Config WrapperLayer::get_config() const { return Layer::get_config().set("layer", layers::serialize(*layer_)); }

std::shared_ptr<Layer> WrapperLayer::from_config(const Config& config) {
  const auto wrapper = std::make_shared<WrapperLayer>(layer_options_from(config));
  check_unknown_keys(config, kClassName, {"layer"});
  const auto* layer = config.find("layer");
  if (!layer) throw TypeError("Wrapper: __init__() missing 1 required positional argument: 'layer'");
  wrapper->layer_ = wrapper->track("layer", nested_layer(*layer));
  return wrapper;
}

}  // namespace hornbeam

HB_REGISTER(layer_base_layers) {
  hornbeam::register_builtin<hornbeam::PlainLayer>();
  hornbeam::register_layer(hornbeam::WrapperLayer::kClassName, hornbeam::WrapperLayer::from_config);
}
