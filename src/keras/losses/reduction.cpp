#include "keras/losses/reduction.h"

#include <algorithm>
#include <array>

#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/ranks.h"

namespace hornbeam::losses {
namespace {

constexpr std::array<std::string_view, 6> kReductions = {
    "auto", "none", "sum", "sum_over_batch_size", "mean", "mean_with_sample_weight"};

bool is_mean(const std::string& reduction) { return reduction != "none" && reduction != "sum"; }

Tensor number_of(const Tensor& x, DType dtype) {
  const auto& shape = x.shape();
  if (shape.is_fully_known()) return ops::scalar(dtype, static_cast<double>(shape.num_elements()));
  return ops::cast(ops::size(x), dtype);
}

// The mask as weights; for a mean, those that remain weigh for those that do not.
Tensor mask_weights(const Tensor& mask, DType dtype, const std::string& reduction, Target target) {
  const auto ones = ops::cast(mask, dtype);
  const bool keeps_mean = is_mean(reduction) && reduction != "mean_with_sample_weight" && target != Target::tf22;
  if (!keeps_mean) return ones;
  const auto total = number_of(mask, dtype), valid = ops::reduce_sum(ones);
  return ones * (target == Target::keras3 ? ops::divide_no_nan(total, valid) : total / valid);
}

Tensor masked_weights(const Tensor& mask, const Tensor& weights, Target target) {
  if (!weights.defined()) return mask;
  const auto w = ops::cast(weights, mask.dtype());
  if (target != Target::keras3) return weights_for(mask, w) * mask;
  const auto [m, same] = same_rank(mask, w);
  return same * m;
}

Tensor weighted(const Tensor& values, const Tensor& weights, Target target) {
  if (target != Target::keras3) return values * weights_for(values, weights);
  const auto [v, w] = same_rank(values, weights);
  return v * w;
}

}  // namespace

void check_reduction(const std::string& reduction) {
  if (std::ranges::find(kReductions, reduction) != kReductions.end()) return;
  throw ValueError("Invalid Reduction Key " + reduction +
                   ". Expected keys are 'auto', 'none', 'sum', 'sum_over_batch_size', 'mean', "
                   "'mean_with_sample_weight'.");
}

Tensor reduce_weighted(const Tensor& given, const Tensor& given_weights, const Tensor& mask,
                       const std::string& reduction, Target target) {
  auto values = given;
  if (target == Target::keras3) {
    values = ops::cast(values, dtype_from_name(backend::floatx()));
  } else if (target == Target::tf22 || !is_floating(values.dtype())) {
    values = ops::cast(values, DType::float32);  // 2.2 reduces every dtype in float32
  }
  auto weights = given_weights;
  if (mask.defined()) {
    weights = masked_weights(mask_weights(mask, values.dtype(), reduction, target), weights, target);
  }
  if (weights.defined()) {
    weights = ops::cast(weights, values.dtype());
    values = weighted(values, weights, target);
  }
  auto loss = values;
  if (reduction != "none" && !(values.shape().has_rank() && values.rank() == 0)) {
    loss = ops::reduce_sum(values);
    if (is_mean(reduction)) {
      const bool by_weights = reduction == "mean_with_sample_weight" && weights.defined();
      loss = ops::divide_no_nan(loss, by_weights ? ops::reduce_sum(weights) : number_of(values, loss.dtype()));
    }
  }
  return target == Target::keras3 ? loss : ops::cast(loss, given.dtype());
}

}  // namespace hornbeam::losses
