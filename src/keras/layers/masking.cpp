#include "hornbeam/layers/masking.hpp"

#include "hornbeam/ops.hpp"
#include "keras/layers/register.h"

namespace hornbeam {

MaskingLayer::MaskingLayer(const MaskingOptions& options) : Layer(options.layer()), mask_value_(options.mask_value) {
  check();
}

Values MaskingLayer::call(const Values& inputs, CallContext&) {
  const Tensor x = inputs;
  const auto any = ops::reduce_any(ops::not_equal(x, mask_value_), -1, /*keepdims=*/true);
  return x * ops::cast(any, x.dtype());
}

std::vector<Tensor> MaskingLayer::compute_mask(const Values& inputs, const std::vector<Tensor>&) {
  return {ops::reduce_any(ops::not_equal(inputs.tensor(), mask_value_), -1)};
}

}  // namespace hornbeam

HB_REGISTER(layer_masking) { hornbeam::register_builtin<hornbeam::MaskingLayer>(); }
