#include "hornbeam/layers/masking.hpp"

#include "hornbeam/ops.hpp"
#include "hornbeam/ragged_tensor.hpp"
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
  const auto steps = [&](const Tensor& x) { return ops::reduce_any(ops::not_equal(x, mask_value_), -1); };
  if (!is_ragged(inputs.tensor())) return {steps(inputs.tensor())};
  const RaggedTensor x(inputs.tensor());
  return {RaggedTensor::from_nested_row_splits(steps(x.flat_values()), x.nested_row_splits())};
}

}  // namespace hornbeam

HB_REGISTER(layer_masking) { hornbeam::register_builtin<hornbeam::MaskingLayer>(); }
