// RandomFourierFeatures: cos(x W / scale + b) with random W and b, whose dot products approximate a kernel's values.
// Mirrors tf.keras.layers.experimental.RandomFourierFeatures.
//
// Input (batch, input_dim), output (batch, output_dim), float32. Weights: unscaled_kernel (input_dim, output_dim), bias
// (output_dim), kernel_scale (1), which alone is trained when the layer is trainable (by default it is not).
// Constructor and build throw ValueError in Keras's words. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct RandomFourierFeaturesOptions {
  Config kernel_initializer = "gaussian";  // or "laplacian", or an initializer's object form
  std::optional<double> scale = {};        // default: sqrt(input_dim / 2) for "gaussian", else 1
  std::optional<std::string> name = {};
  std::optional<std::string> dtype = {};
  bool trainable = false;
  std::optional<Shape> input_shape = {};
  std::optional<Shape> batch_input_shape = {};
  LayerOptions layer() const { return {name, dtype, trainable, input_shape, batch_input_shape}; }
};

class RandomFourierFeaturesLayer final : public Layer {
 public:
  HB_LAYER(RandomFourierFeaturesLayer, "RandomFourierFeatures")
  RandomFourierFeaturesLayer(std::int64_t output_dim, const RandomFourierFeaturesOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("output_dim", self.output_dim_);
    f("kernel_initializer", self.kernel_initializer_);
    f("scale", self.scale_);
  }
  void check();

  Variable unscaled_kernel, bias, kernel_scale;  // after build

 private:
  bool is(const char* word) const;
  std::int64_t output_dim_ = 0;
  Config kernel_initializer_ = "gaussian";
  std::optional<double> scale_;
};

HB_LAYER_HANDLE_OF(RandomFourierFeatures, RandomFourierFeaturesOptions, std::int64_t, output_dim);

}  // namespace hornbeam
