// Rescaling: inputs * scale + offset. Mirrors keras.layers.Rescaling. No weights. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct RescalingOptions {
  std::vector<double> offset = {0.0};
  HB_LAYER_OPTIONS
};

class RescalingLayer final : public Layer {
 public:
  HB_LAYER(RescalingLayer, "Rescaling")
  RescalingLayer(std::vector<double> scale, const RescalingOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("scale", self.scale_);
    f("offset", self.offset_);
  }
  void check();

 private:
  Config scale_, offset_ = 0.0;  // a number, or one per channel
};

class Rescaling : public Ref<RescalingLayer> {
 public:
  explicit Rescaling(double scale, const RescalingOptions& options = {})
      : Rescaling(std::vector<double>{scale}, options) {}
  explicit Rescaling(std::vector<double> scale, const RescalingOptions& options = {})
      : Ref(std::make_shared<RescalingLayer>(std::move(scale), options)) {}
};

}  // namespace hornbeam
