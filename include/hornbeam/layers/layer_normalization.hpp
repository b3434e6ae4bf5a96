// LayerNormalization: each sample normalised over `axis`. Mirrors keras.layers.LayerNormalization.
//
// y = gamma * (x - mean(x)) / sqrt(var(x) + epsilon) + beta; with rms_scaling (Keras 3) y = gamma * x * rsqrt(var(x) +
// epsilon). Weights of the axes' shape: gamma, beta. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct LayerNormalizationOptions {
  std::vector<std::int64_t> axis = {-1};
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  HB_LAYER_OPTIONS
};

class LayerNormalizationLayer final : public Layer {
 public:
  HB_LAYER(LayerNormalizationLayer, "LayerNormalization")
  explicit LayerNormalizationLayer(const LayerNormalizationOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("axis", self.axis_);
    f("epsilon", self.o_.epsilon);
    f("center", self.o_.center);
    f("scale", self.o_.scale);
    f("beta_initializer", self.o_.beta_initializer);
    f("gamma_initializer", self.o_.gamma_initializer);
    f("beta_regularizer", self.o_.beta_regularizer);
    f("gamma_regularizer", self.o_.gamma_regularizer);
    f("beta_constraint", self.o_.beta_constraint);
    f("gamma_constraint", self.o_.gamma_constraint);
    f.optional("rms_scaling", self.rms_scaling_);
  }
  void check();

  Variable gamma, beta;  // after build

 private:
  Config axis_ = -1;         // an int or a list
  bool keeps_axis_ = false;  // in the config, as Keras 3; Keras 2's holds `axes_` once built
  std::vector<std::int64_t> axes_;
  LayerNormalizationOptions o_;
  std::optional<bool> rms_scaling_;
};

HB_LAYER_HANDLE(LayerNormalization);

}  // namespace hornbeam
