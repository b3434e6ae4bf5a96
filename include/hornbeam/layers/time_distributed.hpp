// TimeDistributed: a layer or model on every step of a sequence. Mirrors keras.layers.TimeDistributed. See layers.hpp.
//
//   auto y = TimeDistributed(Dense(8))(x);
//
// Input (batch, time, ...), or a structure of such; output (batch, time, ...). All steps go through the layer as one
// big batch. A stateful layer, and in Keras 3 one that learns statistics, sees them one after the other.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct TimeDistributedOptions {
  HB_LAYER_OPTIONS
};

class TimeDistributedLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "TimeDistributed";
  explicit TimeDistributedLayer(const LayerOptions& options) : Layer(options) {}
  TimeDistributedLayer(const LayerRef& layer, const TimeDistributedOptions& options);

  using Layer::build;
  void build(const std::vector<Shape>& input_shapes) override;
  Values call(const Values& inputs, CallContext& context) override;
  // The outputs carry the masks that call gave them.
  std::vector<Tensor> compute_mask(const Values&, const std::vector<Tensor>&) override { return {}; }
  void reset_states() override { layer_->reset_states(); }
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);

  const LayerRef& layer() const { return layer_; }

 private:
  void set_layer(LayerRef layer);
  Values call_at_once(const Values& inputs, const Tensor& mask) const;
  Values call_each_step(const Values& inputs, const Tensor& mask) const;
  LayerRef layer_;
};

class TimeDistributed : public Ref<TimeDistributedLayer> {
 public:
  explicit TimeDistributed(const LayerRef& layer, const TimeDistributedOptions& options = {})
      : Ref(std::make_shared<TimeDistributedLayer>(layer, options)) {}
};

}  // namespace hornbeam
