// SpectralNormalization: a layer whose kernel is kept at a spectral norm of one. Mirrors
// keras.layers.SpectralNormalization.
//
//   auto y = SpectralNormalization(Dense(8))(x);
//
// In training, before the layer is called, its kernel (or embeddings) is divided by an estimate of its largest singular
// value, made by `power_iterations` from the weight vector_u, [1, columns], which is kept for the next step. A kernel
// of zeros is left alone. Constructing and building throw ValueError in Keras's words. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct SpectralNormalizationOptions {
  std::int64_t power_iterations = 1;
  HB_LAYER_OPTIONS
};

class SpectralNormalizationLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "SpectralNormalization";
  explicit SpectralNormalizationLayer(const LayerOptions& options) : Layer(options) {}
  SpectralNormalizationLayer(const LayerRef& layer, const SpectralNormalizationOptions& options);

  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Variable> weights() const override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);

  const LayerRef& layer() const { return layer_; }
  Variable kernel, vector_u;  // after build

 private:
  void set(LayerRef layer, std::int64_t power_iterations);
  void normalize_weights();
  LayerRef layer_;
  std::int64_t power_iterations_ = 1;
  bool own_come_first_ = false;  // among the weights: of Keras 3
};

class SpectralNormalization : public Ref<SpectralNormalizationLayer> {
 public:
  explicit SpectralNormalization(const LayerRef& layer, const SpectralNormalizationOptions& options = {})
      : Ref(std::make_shared<SpectralNormalizationLayer>(layer, options)) {}
};

}  // namespace hornbeam
