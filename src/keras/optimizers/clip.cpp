#include "keras/optimizers/clip.h"

#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

// The root of a sum of squares, whose gradient at 0 nobody asks for.
Tensor norm_of(const Tensor& x) { return ops::sqrt(ops::reduce_sum(ops::square(x))); }

std::vector<Tensor> each_clipped_by_norm(std::vector<Tensor> gradients, double norm) {
  for (auto& g : gradients) g = clip_by_norm(g, norm);
  return gradients;
}
std::vector<Tensor> each_clipped_by_value(std::vector<Tensor> gradients, double value) {
  for (auto& g : gradients) g = ops::clip_by_value(g, -value, value);
  return gradients;
}

}  // namespace

Tensor clip_by_norm(const Tensor& gradient, double norm) {
  return gradient * norm / ops::maximum(norm_of(gradient), norm);
}

std::vector<Tensor> clip_by_global_norm(const std::vector<Tensor>& gradients, double norm) {
  std::vector<Tensor> squares;
  for (const auto& g : gradients) squares.push_back(ops::reduce_sum(ops::square(g)));
  const auto used = ops::sqrt(ops::add_n(squares));
  // A norm that is not finite makes every gradient NaN.
  const auto scale = norm * ops::minimum(1.0 / used, 1.0 / norm) + (used - used);
  std::vector<Tensor> result;
  for (const auto& g : gradients) result.push_back(g * ops::cast(scale, g.dtype()));
  return result;
}

std::vector<Tensor> clipped(std::vector<Tensor> g, const OptimizerOptions& o, OptimizerGeneration generation) {
  const auto wanted = [](const std::optional<double>& value) { return value && *value > 0; };
  if (generation == OptimizerGeneration::legacy) {
    // 2.2 does one after the other, and clips to 0 when asked to.
    if (o.clipnorm) g = each_clipped_by_norm(std::move(g), *o.clipnorm);
    if (o.clipvalue) g = each_clipped_by_value(std::move(g), *o.clipvalue);
    if (o.global_clipnorm) g = clip_by_global_norm(g, *o.global_clipnorm);
    return g;
  }
  if (wanted(o.clipnorm)) return each_clipped_by_norm(std::move(g), *o.clipnorm);
  if (wanted(o.global_clipnorm)) return clip_by_global_norm(g, *o.global_clipnorm);
  if (wanted(o.clipvalue)) return each_clipped_by_value(std::move(g), *o.clipvalue);
  return g;
}

}  // namespace hornbeam
