// Layer and Wrapper as layers of their own. Mirror keras.layers.Layer and keras.layers.Wrapper, which pass their inputs
// on; in Keras 3 they can be made and read, and a call throws NotImplementedError. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct PlainOptions {
  Regularizer activity_regularizer = {};
  HB_LAYER_OPTIONS
};

// No weights.
class PlainLayer final : public Layer {
 public:
  HB_LAYER(PlainLayer, "Layer")
  explicit PlainLayer(const PlainOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("activity_regularizer", self.activity_regularizer_);
    f("autocast", self.autocast_);
  }
  void check() {}
};

struct WrapperOptions {
  HB_LAYER_OPTIONS
};

// Holds and builds a layer, without calling it. Throws ValueError without one.
class WrapperLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "Wrapper";
  explicit WrapperLayer(const LayerOptions& options) : Layer(options) {}
  WrapperLayer(const LayerRef& layer, const WrapperOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);
  const LayerRef& layer() const { return layer_; }

 private:
  LayerRef layer_;
};

// keras.layers.Layer().
HB_LAYER_HANDLE(Plain);
class Wrapper : public Ref<WrapperLayer> {
 public:
  explicit Wrapper(const LayerRef& layer, const WrapperOptions& options = {})
      : Ref(std::make_shared<WrapperLayer>(layer, options)) {}
};

}  // namespace hornbeam
