#include "hornbeam/layers/spectral_normalization.hpp"

#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/layers/recurrent/nested_layer.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

SpectralNormalizationLayer::SpectralNormalizationLayer(const LayerRef& layer,
                                                       const SpectralNormalizationOptions& options)
    : Layer(options.layer()) {
  if (!layer) {
    throw ValueError(
        "Layer None supplied to wrapper is not a supported layer type. Please ensure wrapped layer is a "
        "valid Keras layer.");
  }
  set(layer, options.power_iterations);
}

void SpectralNormalizationLayer::set(LayerRef layer, std::int64_t power_iterations) {
  layer_ = track("layer", std::move(layer));
  power_iterations_ = power_iterations;
  // Each is a product of the step's graph.
  if (constexpr std::int64_t kMost = 10000; power_iterations_ > kMost) {
    throw ValueError("`power_iterations` of more than 10000 is not supported. Received: `power_iterations=" +
                     std::to_string(power_iterations_) + "`");
  }
  if (power_iterations_ > 0) return;
  throw ValueError("`power_iterations` should be greater than zero. Received: `power_iterations=" +
                   std::to_string(power_iterations_) + "`");
}

void SpectralNormalizationLayer::build(const Shape& input_shape) {
  const bool keras3 = current_generation() == Generation::keras3;
  if (keras3) {
    layer_->ensure_built({input_shape});
  } else {
    // Its weights are named after the wrapper.
    LayerAccess::build_within(*layer_, {input_shape}, keras2_build_keeps_shapes(layer_->class_name()));
  }
  for (const char* name : {"kernel", "embeddings"}) {
    if (!kernel) kernel = std::dynamic_pointer_cast<VariableNode>(layer_->find_edge(name));
  }
  if (!kernel) {
    throw ValueError(layer_->class_name() + " object has no attribute 'kernel' nor 'embeddings'");
  }
  track("kernel", kernel);
  own_come_first_ = keras3;
  vector_u = add_weight(
      "vector_u", {1, kernel->shape().dim(-1)},
      {.initializer = initializers::TruncatedNormal({.stddev = 0.02}), .trainable = false, .dtype = kernel->dtype()});
  InputSpec spec{.ndim = input_shape.rank()};
  for (std::int64_t i = 1; i < static_cast<std::int64_t>(input_shape.rank()); ++i) {
    if (input_shape.dim(i) >= 0) spec.axes.emplace_back(i, input_shape.dim(i));
  }
  if (keras3) spec = {.min_ndim = 1, .axes = {{-1, input_shape.dim(-1)}}};
  input_spec_ = {spec};
}

std::vector<Variable> SpectralNormalizationLayer::weights() const {
  if (!own_come_first_ || !trainable()) return Layer::weights();
  std::vector<Variable> list{kernel, vector_u};
  for (const auto& weight : layer_->weights()) {
    if (weight != kernel) list.push_back(weight);
  }
  return list;
}

void SpectralNormalizationLayer::normalize_weights() {
  const Tensor old = kernel, old_u = vector_u;
  const auto weights = ops::stop_gradient(ops::reshape(old, {None, kernel->shape().dim(-1)}));
  Tensor u = old_u, v;
  for (std::int64_t i = 0; i < power_iterations_; ++i) {
    v = ops::l2_normalize(ops::matmul(u, weights, /*transpose_a=*/false, /*transpose_b=*/true));
    u = ops::l2_normalize(ops::matmul(v, weights));
  }
  const auto sigma = ops::reshape(ops::matmul(ops::matmul(v, weights), u, false, true), Shape{});
  const auto zero = ops::reduce_all(ops::equal(weights, 0.0));
  graph::assign(vector_u, ops::where(zero, old_u, u));
  graph::assign(kernel, ops::where(zero, old, old / sigma));
}

Values SpectralNormalizationLayer::call(const Values& inputs, CallContext& context) {
  if (context.training()) normalize_weights();
  const auto y = layer_(inputs);
  // The output keeps the mask that the layer within gives it; Keras 3 loses it where it casts.
  const auto dtype = inputs.tensor().dtype();
  if (!own_come_first_ || y.tensor().dtype() == dtype) return y;
  return ops::cast(y.tensor(), dtype);
}

Config SpectralNormalizationLayer::get_config() const {
  auto config = Layer::get_config();
  config.set("layer", layers::serialize(*layer_));
  return config.set("power_iterations", power_iterations_);
}

std::shared_ptr<Layer> SpectralNormalizationLayer::from_config(const Config& config) {
  const auto layer = std::make_shared<SpectralNormalizationLayer>(layer_options_from(config));
  check_unknown_keys(config, kClassName, {"layer", "power_iterations"});
  const auto* iterations = config.find("power_iterations");
  layer->set(nested_layer(config.at("layer")), iterations ? iterations->as_int() : 1);
  return layer;
}

}  // namespace hornbeam

HB_REGISTER(layer_spectral_normalization) {
  hornbeam::register_layer(hornbeam::SpectralNormalizationLayer::kClassName,
                           hornbeam::SpectralNormalizationLayer::from_config);
}
