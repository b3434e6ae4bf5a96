// Masking: steps of only mask_value are masked and set to 0. Mirrors keras.layers.Masking. No weights. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct MaskingOptions {
  double mask_value = 0.0;
  HB_LAYER_OPTIONS
};

class MaskingLayer final : public Layer {
 public:
  HB_LAYER(MaskingLayer, "Masking")
  explicit MaskingLayer(const MaskingOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("mask_value", self.mask_value_);
  }
  void check() {
    supports_masking_ = true;
    ragged_inputs_ = RaggedInputs::flat_vectors;
  }

 private:
  double mask_value_ = 0.0;
};
HB_LAYER_HANDLE(Masking);

}  // namespace hornbeam
