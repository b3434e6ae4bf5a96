// UnitNormalization and RMSNormalization: inputs brought to one length. Mirror keras.layers (RMSNormalization is of
// Keras 3).
//
// UnitNormalization: x / |x|, the L2 norm over `axis`. RMSNormalization: x / sqrt(mean(x^2) + epsilon) * scale, the
// mean over `axis`; weight scale of those axes' shape. Output shape as the input's. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct UnitNormalizationOptions {
  std::vector<std::int64_t> axis = {-1};
  HB_LAYER_OPTIONS
};

class UnitNormalizationLayer final : public Layer {
 public:
  HB_LAYER(UnitNormalizationLayer, "UnitNormalization")
  explicit UnitNormalizationLayer(const UnitNormalizationOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("axis", self.axis_);
  }
  void check();

 private:
  Config axis_ = -1;  // an int or a list
};

struct RMSNormalizationOptions {
  std::vector<std::int64_t> axis = {-1};
  double epsilon = 1e-6;
  HB_LAYER_OPTIONS
};

class RMSNormalizationLayer final : public Layer {
 public:
  HB_LAYER(RMSNormalizationLayer, "RMSNormalization")
  explicit RMSNormalizationLayer(const RMSNormalizationOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("axis", self.axis_);
    f("epsilon", self.epsilon_);
  }
  void check() {}

  Variable scale;  // after build

 private:
  Config axis_ = -1;  // an int or a list; a list once built
  std::vector<std::int64_t> axes_;
  double epsilon_ = 1e-6;
};

HB_LAYER_HANDLE(UnitNormalization);
HB_LAYER_HANDLE(RMSNormalization);

}  // namespace hornbeam
