// The layer and the function of "Custom layer and function example", which model cloning goes on with.
#pragma once

#include "guide.h"

namespace guide {

class CustomLayer : public hb::Layer {
 public:
  explicit CustomLayer(std::int64_t units = 32, const hb::LayerOptions& options = {}) : Layer(options), units_(units) {}

  // A weight's name is required here: the guide leaves it out, and then real Keras cannot save the layer.
  void build(const hb::Shape& input_shape) override {
    w_ = add_weight("w", {input_shape.back(), units_}, {.initializer = "random_normal", .trainable = true});
    b_ = add_weight("b", {units_}, {.initializer = "random_normal", .trainable = true});
  }

  hb::Values call(const hb::Values& inputs, hb::CallContext&) override { return hb::ops::matmul(inputs, w_) + b_; }

  hb::Config get_config() const override {
    auto config = Layer::get_config();
    config.set("units", units_);
    return config;
  }

  static auto from_config(const hb::Config& config) {
    return hb::make<CustomLayer>(config.at("units").as_int(), hb::LayerOptions{.name = config.at("name").as_string()});
  }

 private:
  std::int64_t units_;
  hb::Variable w_, b_;
};

inline hb::Tensor custom_activation(const hb::Tensor& x) { return hb::ops::square(hb::ops::tanh(x)); }

inline hb::CustomObjects custom_objects() {
  return {{"CustomLayer", hb::custom_object<CustomLayer>()}, {"custom_activation", HB_FUNCTION(custom_activation)}};
}

// A model with the CustomLayer and custom_activation.
inline hb::Functional custom_model() {
  const auto inputs = hb::Input({32});
  const auto x = hb::make<CustomLayer>(32)(inputs);
  const auto outputs = hb::layers::Activation(HB_FUNCTION(custom_activation))(x);
  return hb::Functional(inputs, outputs);
}

}  // namespace guide
