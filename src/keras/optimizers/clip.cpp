#include "keras/optimizers/clip.h"

#include <functional>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

// `change` of every pick, or of a gradient that is dense: Keras clips picked rows before the picks of a row are added
// up.
Tensor changed(const Tensor& gradient, const std::function<Tensor(const Tensor&)>& change) {
  const auto picks = map_picks(gradient, gradient.shape(), change);
  return picks.defined() ? picks : change(gradient);
}

std::vector<Tensor> each_by_norm(std::vector<Tensor> gradients, double norm) {
  for (auto& g : gradients) {
    const auto used = ops::maximum(ops::sqrt(sum_of_squares(g)), norm);
    g = changed(g, [&](const Tensor& x) { return x * norm / used; });
  }
  return gradients;
}
std::vector<Tensor> each_by_value(std::vector<Tensor> gradients, double value) {
  for (auto& g : gradients) {
    g = changed(g, [&](const Tensor& x) { return ops::clip_by_value(x, -value, value); });
  }
  return gradients;
}
std::vector<Tensor> all_by_norm(const std::vector<Tensor>& gradients, double norm, OptimizerGeneration generation) {
  std::vector<Tensor> squares;
  for (const auto& g : gradients) squares.push_back(sum_of_squares(g));
  const auto used = ops::sqrt(ops::add_n(squares));
  // A norm that is not finite makes every gradient NaN.
  const auto scale = norm * ops::minimum(1.0 / used, 1.0 / norm) + (used - used);
  std::vector<Tensor> result;
  for (const auto& g : gradients) {
    const auto scaled = [&](const Tensor& x) { return x * ops::cast(scale, x.dtype()); };
    // What Keras 3 makes of picked rows here is dense.
    result.push_back(generation == OptimizerGeneration::keras3 ? scaled(g) : changed(g, scaled));
  }
  return result;
}

}  // namespace

std::vector<Tensor> clipped(std::vector<Tensor> g, const OptimizerOptions& o, OptimizerGeneration generation) {
  const auto wanted = [](const std::optional<double>& value) { return value && *value > 0; };
  if (generation == OptimizerGeneration::legacy) {
    // One after the other, and to 0 when asked to. Later Kerases' legacy optimizers clip values first.
    const bool values_first = current_target() != Target::tf22;
    if (o.clipvalue && values_first) g = each_by_value(std::move(g), *o.clipvalue);
    if (o.clipnorm) g = each_by_norm(std::move(g), *o.clipnorm);
    if (o.clipvalue && !values_first) g = each_by_value(std::move(g), *o.clipvalue);
    if (o.global_clipnorm) g = all_by_norm(g, *o.global_clipnorm, generation);
    return g;
  }
  if (wanted(o.clipnorm)) return each_by_norm(std::move(g), *o.clipnorm);
  if (wanted(o.global_clipnorm)) return all_by_norm(g, *o.global_clipnorm, generation);
  if (wanted(o.clipvalue)) return each_by_value(std::move(g), *o.clipvalue);
  return g;
}

}  // namespace hornbeam
