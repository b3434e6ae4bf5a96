#include "keras/saving/old_kernels.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "hornbeam/ops_array.hpp"

namespace hornbeam {
namespace {

using Kind = KernelStep::Kind;

// The layer that made the weight: this or one inside it. Null when none did.
const Layer* owner_of(const Layer& layer, const VariableNode* weight) {
  for (const auto& w : layer.own_weights()) {
    if (w.variable.get() == weight) return &layer;
  }
  for (const auto& inner : layer.sublayers()) {
    if (const auto* found = owner_of(*inner, weight)) return found;
  }
  return nullptr;
}

bool is_convolution(const Layer& layer) {
  constexpr std::array<std::string_view, 4> kClasses{"Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"};
  return std::ranges::find(kClasses, layer.class_name()) != kClasses.end();
}

Shape stepped(const Shape& shape, const KernelStep& step) {
  auto dims = shape.dims();
  if (step.kind == Kind::transpose) {
    for (std::size_t i = 0; i < dims.size(); ++i) dims[i] = shape[static_cast<std::size_t>(step.dims[i])];
  } else if (step.kind == Kind::drop) {
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(step.dims[0]));
  }
  return Shape(dims);
}

class Steps {
 public:
  explicit Steps(Shape shape) : shape_(std::move(shape)) {}
  void add(Kind kind, std::vector<std::int64_t> dims) {
    list_.push_back({kind, std::move(dims)});
    shape_ = stepped(shape_, list_.back());
  }
  const Shape& shape() const { return shape_; }
  std::vector<KernelStep> take() { return std::move(list_); }

 private:
  Shape shape_;
  std::vector<KernelStep> list_;
};

void add_keras1_steps(const Layer& layer, const Shape& wanted, Steps& steps) {
  const auto name = layer.class_name();
  const auto rank = steps.shape().rank();
  const bool first = layer.get_config().get_string("data_format", "") == "channels_first";
  if (name == "Conv1D" && rank == 4) {
    // (length, 1, in, filters); in Keras 1.1 (filters, in, length, 1).
    const auto& s = steps.shape();
    if (s[0] != wanted[0] || s[1] != 1 || s[3] != wanted[2]) steps.add(Kind::transpose, {2, 3, 1, 0});
    if (steps.shape()[1] == 1) steps.add(Kind::drop, {1});
  } else if (name == "Conv2D" && rank == 4 && first) {
    steps.add(Kind::transpose, {2, 3, 1, 0});
  } else if (name == "Conv2DTranspose" && rank == 4) {
    steps.add(Kind::transpose, first ? std::vector<std::int64_t>{2, 3, 0, 1} : std::vector<std::int64_t>{0, 1, 3, 2});
  } else if (name == "Conv3D" && rank == 5 && first) {
    steps.add(Kind::transpose, {2, 3, 4, 1, 0});
  }
}

}  // namespace

std::optional<std::vector<KernelStep>> kernel_steps(const Layer& layer, const Variable& weight, const Shape& found,
                                                    const FileOrigin& origin) {
  const auto& wanted = weight->shape();
  Steps steps(found);
  const auto* owner = owner_of(layer, weight.get());
  if (owner && is_convolution(*owner) && owner->own_weights()[0].variable == weight) {
    if (origin.keras_version == "1") add_keras1_steps(*owner, wanted, steps);
    if (origin.backend == "theano" && steps.shape().rank() > 2) {
      std::vector<std::int64_t> spatial(steps.shape().rank() - 2);
      std::iota(spatial.begin(), spatial.end(), 0);
      steps.add(Kind::reverse, std::move(spatial));
    }
    if (steps.shape() != wanted && steps.shape().rank() == 4) steps.add(Kind::transpose, {3, 2, 0, 1});
  }
  if (steps.shape() != wanted) return std::nullopt;
  return steps.take();
}

Tensor stepped(Tensor value, const std::vector<KernelStep>& steps) {
  for (const auto& step : steps) {
    if (step.kind == Kind::transpose) value = ops::transpose(value, step.dims);
    if (step.kind == Kind::drop) value = ops::squeeze(value, step.dims);
    if (step.kind == Kind::reverse) value = ops::reverse(value, step.dims);
  }
  return value;
}

}  // namespace hornbeam
