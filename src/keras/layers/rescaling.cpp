#include "hornbeam/layers/rescaling.hpp"

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

Config number_or_list(const std::vector<double>& v) { return v.size() == 1 ? Config(v[0]) : Config(v); }

Tensor as_tensor(const Config& c, DType dtype) {
  std::vector<double> values;
  if (c.is_list()) {
    for (const auto& v : c.as_list()) values.push_back(v.as_double());
    return ops::cast(Tensor::from<double>({static_cast<std::int64_t>(values.size())}, values), dtype);
  }
  return ops::cast(Tensor::scalar(c.as_double()), dtype);
}

}  // namespace

RescalingLayer::RescalingLayer(std::vector<double> scale, const RescalingOptions& options)
    : Layer(options.layer()), scale_(number_or_list(scale)), offset_(number_or_list(options.offset)) {
  check();
}

void RescalingLayer::check() {
  if (!scale_.is_number() && !scale_.is_list())
    throw TypeError("Rescaling: `scale` must be a number, found " + scale_.dump());
  if (!offset_.is_number() && !offset_.is_list())
    throw TypeError("Rescaling: `offset` must be a number, found " + offset_.dump());
  supports_masking_ = current_target() == Target::keras3;
  ragged_inputs_ = scale_.is_list() || offset_.is_list() ? RaggedInputs::flat_vectors : RaggedInputs::flat;
}

Values RescalingLayer::call(const Values& inputs, CallContext&) {
  const auto x = ops::cast(inputs.tensor(), compute_dtype());
  return x * as_tensor(scale_, compute_dtype()) + as_tensor(offset_, compute_dtype());
}

}  // namespace hornbeam

HB_REGISTER(layer_rescaling) { hornbeam::register_builtin<hornbeam::RescalingLayer>(); }
