#include "keras/engine/input_spec.h"

namespace hornbeam {
namespace {

// 2.2's words; 2.15's begin `Input 0 of layer "name"`.
std::string head(std::size_t index, const std::string& layer) {
  return "Input " + std::to_string(index) + " of layer " + layer + " is incompatible with the layer: ";
}

// 2.2 prints shapes as lists: "[None, 4]".
std::string as_list(const Shape& shape) {
  auto s = shape.to_string();
  if (s.ends_with(",)")) s.erase(s.size() - 2, 1);
  s.front() = '[';
  s.back() = ']';
  return s;
}

}  // namespace

void check_input_specs(const std::vector<InputSpec>& specs, const std::vector<Tensor>& inputs,
                       const std::string& layer) {
  if (specs.empty()) return;
  if (specs.size() != inputs.size()) {
    throw ValueError("Layer " + layer + " expects " + std::to_string(specs.size()) + " inputs, but it received " +
                     std::to_string(inputs.size()) + " input tensors.");
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto& spec = specs[i];
    const auto& shape = inputs[i].shape();
    if (!shape.has_rank()) continue;
    const auto ndim = shape.rank();
    if (spec.ndim && ndim != *spec.ndim) {
      throw ValueError(head(i, layer) + "expected ndim=" + std::to_string(*spec.ndim) +
                       ", found ndim=" + std::to_string(ndim) + ". Full shape received: " + as_list(shape));
    }
    if (spec.max_ndim && ndim > *spec.max_ndim) {
      throw ValueError(head(i, layer) + "expected max_ndim=" + std::to_string(*spec.max_ndim) +
                       ", found ndim=" + std::to_string(ndim));
    }
    if (spec.min_ndim && ndim < *spec.min_ndim) {
      throw ValueError(head(i, layer) + ": expected min_ndim=" + std::to_string(*spec.min_ndim) +
                       ", found ndim=" + std::to_string(ndim) + ". Full shape received: " + as_list(shape));
    }
    for (const auto& [axis, size] : spec.axes) {
      const auto n = static_cast<std::int64_t>(ndim);
      const auto at = axis < 0 ? axis + n : axis;
      if (at < 0 || at >= n) continue;
      const auto found = shape[static_cast<std::size_t>(at)];
      if (found >= 0 && found != size) {
        throw ValueError(head(i, layer) + "expected axis " + std::to_string(axis) + " of input shape to have value " +
                         std::to_string(size) + " but received input with shape " + as_list(shape));
      }
    }
  }
}

}  // namespace hornbeam
