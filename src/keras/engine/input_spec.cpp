#include "keras/engine/input_spec.h"

#include <algorithm>

#include "keras/engine/input_count.h"

namespace hornbeam {
namespace {

// 2.2's words; 2.15's begin `Input 0 of layer "name"`.
std::string head(std::size_t index, const std::string& layer) {
  return "Input " + std::to_string(index) + " of layer " + layer + " is incompatible with the layer: ";
}

std::string but_received(const std::vector<Tensor>& inputs) {
  std::string received;
  for (const auto& t : inputs) {
    received += (received.empty() ? "" : ", ") + std::string(name_of(t.dtype())) + " of shape " + t.shape().to_string();
  }
  return ", but it received " + std::to_string(inputs.size()) + " input tensors. Inputs received: [" + received + "]";
}

}  // namespace

std::string as_list(const Shape& shape) {
  auto s = shape.to_string();
  if (s.ends_with(",)")) s.erase(s.size() - 2, 1);
  s.front() = '[';
  s.back() = ']';
  return s;
}

void check_input_shapes(const std::vector<InputSpec>& specs, const std::vector<Tensor>& inputs,
                        const std::string& layer) {
  for (std::size_t i = 0; i < std::min(specs.size(), inputs.size()); ++i) {
    const auto& shape = inputs[i].shape();
    if (!shape.has_rank() || specs[i].ndim != shape.rank()) continue;
    std::vector<std::int64_t> wanted(shape.rank(), None);
    bool fits = true;
    for (const auto& [axis, size] : specs[i].axes) {
      const auto at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.rank()) : axis);
      wanted.at(at) = size;
      fits = fits && (shape[at] < 0 || shape[at] == size);
    }
    if (fits) continue;
    throw ValueError("Input " + std::to_string(i) + " is incompatible with layer " + layer +
                     ": expected shape=" + Shape(wanted).to_string() + ", found shape=" + as_list(shape));
  }
}

void throw_input_count(std::size_t wanted, const std::vector<Tensor>& inputs, const std::string& layer) {
  throw ValueError("Layer " + layer + " expects " + std::to_string(wanted) + " inputs" + but_received(inputs));
}

// 2.15's words; 2.2 takes the first of too many.
void throw_model_input_count(const std::vector<std::string>& names, const std::vector<Tensor>& inputs,
                             const std::string& model, Target target) {
  const auto start = "Layer \"" + model + "\" expects " + std::to_string(names.size());
  if (target != Target::keras3) throw ValueError(start + " input(s)" + but_received(inputs));
  std::string keys, dict;
  for (const auto& name : names) {
    keys += (keys.empty() ? "'" : ", '") + name + "'";
    dict += (dict.empty() ? "'" : ", '") + name + "': ...";
  }
  throw ValueError(start + " named input(s) with keys [" + keys + "], but it received " +
                   std::to_string(inputs.size()) + " input tensors. Pass inputs as a dict, e.g. `layer({" + dict +
                   "})`.");
}

void throw_input_shape(std::size_t index, const Shape& wanted, Shape found, const std::string& layer) {
  if (found.has_rank() && found.rank() > 0) found[0] = None;
  const auto start = head(index, layer);
  if (wanted.rank() != found.rank()) {
    throw ValueError(start + "expected ndim=" + std::to_string(wanted.rank()) +
                     ", found ndim=" + std::to_string(found.rank()) + ". Full shape received: " + as_list(found));
  }
  for (std::size_t k = wanted.rank(); k-- > 0;) {
    if (wanted[k] < 0 || found[k] < 0 || wanted[k] == found[k]) continue;
    const auto axis = static_cast<std::int64_t>(k) - (k + 1 == wanted.rank() ? static_cast<std::int64_t>(k) + 1 : 0);
    throw ValueError(start + "expected axis " + std::to_string(axis) + " of input shape to have value " +
                     std::to_string(wanted[k]) + " but received input with shape " + as_list(found) +
                     ". The model's input has the shape " + as_list(wanted));
  }
  throw ValueError(start + "expected shape=" + wanted.to_string() + ", found shape=" + found.to_string());
}

void check_input_specs(const std::vector<InputSpec>& specs, const std::vector<Tensor>& inputs,
                       const std::string& layer) {
  if (specs.empty()) return;
  if (specs.size() != inputs.size()) {
    throw_input_count(specs.size(), inputs, layer);
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
