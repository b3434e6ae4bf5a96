#include "hornbeam/layers/mixing_augmentation.hpp"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"

namespace hornbeam {

PipelineLayer::PipelineLayer(std::vector<LayerRef> layers, const PipelineOptions& options)
    : Layer(LayerOptions{.name = options.name}) {
  set_layers(std::move(layers));
}

void PipelineLayer::set_layers(std::vector<LayerRef> layers) {
  for (const auto& layer : layers) {
    if (!layer) throw ValueError("Pipeline takes layers, received an empty one.");
  }
  layers_ = track("layers", std::move(layers));
  autocast_ = false;
}

Values PipelineLayer::call(const Values& inputs, CallContext& context) {
  CallOptions options;
  options.training = context.training();
  if (context.mask().defined()) options.mask = context.mask();
  auto x = inputs;
  for (const auto& layer : layers_) {
    x = layer(x, options);
    options.mask = Values();  // values carry theirs
  }
  return x;
}

Config PipelineLayer::get_config() const {
  auto config = Layer::get_config();
  auto list = Config::list();
  for (const auto& layer : layers_) list.push_back(layers::serialize(*layer));
  return config.set("layers", std::move(list));
}

std::shared_ptr<Layer> PipelineLayer::from_config(const Config& config) {
  const auto* given = config.find("layers");
  if (!given || !given->is_list()) {
    throw ValueError(
        "`Pipeline` config must contain a `layers` key mapping to a list of serialized layers. Received config with "
        "layers=" +
        (given ? given->dump() : std::string("None")) + ".");
  }
  const auto layer = std::make_shared<PipelineLayer>(layer_options_from(normalized_layer_config(kClassName, config)));
  check_unknown_keys(config, kClassName, {"layers"});
  std::vector<LayerRef> parts;
  for (const auto& item : given->as_list()) parts.push_back(layers::deserialize(item));
  layer->set_layers(std::move(parts));
  return layer;
}

}  // namespace hornbeam

HB_REGISTER(layer_pipeline) {
  hornbeam::register_layer(hornbeam::PipelineLayer::kClassName, hornbeam::PipelineLayer::from_config);
}
