// One step of a LossScaleOptimizer: made, or left out.
#include <algorithm>

#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "hornbeam/optimizers/loss_scale.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {
namespace {

Tensor all_finite(const std::vector<Tensor>& gradients) {
  Tensor all;
  for (const auto& g : gradients) {
    const auto finite = ops::reduce_all(ops::is_finite(g));
    all = all.defined() ? ops::logical_and(all, finite) : finite;
  }
  return all;
}

// In Keras 3 numbers of 16 bits become float32 when they meet the scale.
Tensor widened(const Tensor& t) {
  const bool narrow = t.dtype() == DType::float16 || t.dtype() == DType::bfloat16;
  return narrow ? ops::cast(t, DType::float32) : t;
}

}  // namespace

Tensor LossScaleObject::scale_as(DType dtype) const {
  if (!scale_) return ops::scalar(dtype, settings_.initial_scale);
  return ops::cast(ops::read(scale_), dtype);
}

Tensor LossScaleObject::scale_loss(const Tensor& loss) const {
  const auto wide = is_keras3() ? widened(loss) : loss;
  return wide * scale_as(wide.dtype());
}

std::vector<Tensor> LossScaleObject::get_unscaled_gradients(std::vector<Tensor> gradients) const {
  if (is_keras3()) return gradients;
  const auto reciprocal = 1.0 / scale_as(DType::float32);
  for (auto& g : gradients) {
    if (!g.defined()) continue;
    const auto factor = ops::cast(reciprocal, g.dtype());
    // 2.2 makes gradients of picked rows dense here: an optimizer knows them by what stands first in a product.
    g = current_target() == Target::tf22 ? factor * g : g * factor;
  }
  return gradients;
}

// The scale after a step, and the count of those since it changed.
void LossScaleObject::note_step(bool made) {
  const auto scale = ops::read(scale_);
  if (!made) {
    graph::assign(counter_, ops::zeros_like(ops::read(counter_)));
    if (is_keras3()) return graph::assign(scale_, scale * 0.5);
    return graph::assign(scale_, ops::maximum(scale / settings_.multiplier, 1.0));
  }
  const auto count = ops::read(counter_) + 1;
  const auto larger = scale * settings_.multiplier;
  auto due = ops::equal(count, settings_.dynamic_growth_steps);
  if (!is_keras3()) due = ops::greater_equal(count, settings_.dynamic_growth_steps);
  graph::assign(counter_, ops::where(due, ops::zeros_like(count), count));
  const auto grows = is_keras3() ? due : ops::logical_and(due, ops::is_finite(larger));
  graph::assign(scale_, ops::where(grows, larger, scale));
}

void LossScaleObject::append_step(std::vector<Tensor> gradients, std::vector<Variable> variables) {
  check_inner();
  if (!settings_.dynamic) return inner_->apply_gradients(gradients, variables);
  const auto finite = all_finite(gradients);
  if (is_keras3()) {
    for (auto& g : gradients) {
      const auto wide = widened(g);
      g = wide / scale_as(wide.dtype());
    }
  }
  // One within that wants to be told of all of its variables.
  for (const auto& variable : built_for()) {
    if (std::ranges::find(variables, variable) != variables.end()) continue;
    variables.push_back(variable);
    gradients.emplace_back();
  }
  // 2.15 counts a step that is left out, too.
  const bool counts_all =
      !is_keras3() && (generation() != OptimizerGeneration::legacy || current_target() != Target::tf22);
  ops::cond(
      finite,
      [&] {
        inner_->apply_gradients(gradients, variables);
        note_step(true);
        return std::vector<Tensor>();
      },
      [&] {
        note_step(false);
        if (counts_all) graph::assign(inner_->iterations(), ops::read(inner_->iterations()) + 1);
        return std::vector<Tensor>();
      });
}

}  // namespace hornbeam
