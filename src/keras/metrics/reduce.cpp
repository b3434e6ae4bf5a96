#include "keras/metrics/reduce.h"

#include "graph/variables.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/losses.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/ranks.h"
#include "keras/serialization/object_form.h"

namespace hornbeam {
namespace {

Tensor number_of(const Tensor& x, DType dtype) {
  if (x.shape().is_fully_known()) return ops::scalar(dtype, static_cast<double>(x.num_elements()));
  return ops::cast(ops::size(x), dtype);
}

std::vector<std::int64_t> dims_from(std::size_t first, std::size_t end) {
  std::vector<std::int64_t> dims;
  for (auto i = first; i < end; ++i) dims.push_back(static_cast<std::int64_t>(i));
  return dims;
}

Tensor reduced(const Tensor& x, const std::vector<std::int64_t>& dims, bool mean) {
  if (dims.empty()) return x;
  return mean ? ops::reduce_mean(x, dims) : ops::reduce_sum(x, dims);
}

// May the weights be repeated to the values' shape, as TensorFlow's broadcast_weights sees it?
bool repeats_to(const Shape& weights, const Shape& values) {
  if (weights.rank() == 0) return true;
  if (weights.rank() != values.rank()) return false;
  for (std::size_t i = 0; i < weights.rank(); ++i) {
    if (weights[i] != 1 && weights[i] != None && values[i] != None && weights[i] != values[i]) return false;
  }
  return true;
}

struct Totals {
  Tensor sum, count;
};

// 2.x: every element counts.
Totals by_element(Tensor values, Tensor weights, bool mean) {
  if (!weights.defined()) return {ops::reduce_sum(values), number_of(values, values.dtype())};
  weights = losses::weights_for(values, ops::cast(weights, values.dtype()));
  if (repeats_to(weights.shape(), values.shape())) {
    weights = weights * ops::ones_like(values);
  } else {
    values = reduced(values, dims_from(weights.rank(), values.rank()), mean);
  }
  return {ops::reduce_sum(values * weights), ops::reduce_sum(weights)};
}

// Keras 3: a sample is one number, and so is its weight.
Totals by_sample(Tensor values, Tensor weights, bool mean) {
  if (weights.defined()) {
    std::tie(values, weights) = losses::same_rank(values, ops::cast(weights, values.dtype()));
    const auto rank = weights.rank();
    if (values.rank() > rank) values = reduced(values, dims_from(rank, values.rank()), mean);
    weights = weights * ops::ones_like(values);
    values = values * weights;
    if (rank > 1) weights = reduced(weights, dims_from(1, rank), mean);
  }
  if (values.rank() > 1) values = reduced(values, dims_from(1, values.rank()), mean);
  return {ops::reduce_sum(values), weights.defined() ? ops::reduce_sum(weights) : number_of(values, values.dtype())};
}

void add_to(const Variable& variable, const Tensor& value) { graph::assign(variable, ops::read(variable) + value); }

}  // namespace

Tensor metrics::unmasked(const Tensor& weights, const Tensor& mask, DType dtype) {
  return current_target() == Target::keras3 ? weights : unmasked_everywhere(weights, mask, dtype);
}

Tensor metrics::unmasked_everywhere(const Tensor& weights, const Tensor& mask, DType dtype) {
  if (!mask.defined()) return weights;
  const auto ones = ops::cast(mask, dtype);
  if (!weights.defined()) return ones;
  const auto w = ops::cast(weights, dtype);
  if (current_target() != Target::keras3) return losses::weights_for(ones, w) * ones;
  const auto [m, same] = losses::same_rank(ones, w);
  return same * m;
}

ReduceMetric::ReduceMetric(std::string name, const std::string& dtype, bool mean)
    : MetricObject(std::move(name), dtype), total_(add_weight("total")), count_(mean ? add_weight("count") : nullptr) {}

void ReduceMetric::add(const Tensor& values, const Tensor& weights) {
  const auto cast = ops::cast(values, dtype());
  const bool mean = count_ != nullptr;
  const auto totals =
      current_target() == Target::keras3 ? by_sample(cast, weights, mean) : by_element(cast, weights, mean);
  add_to(total_, totals.sum);
  if (mean) add_to(count_, totals.count);
}

void ReduceMetric::update_state(const Tensor& values, const Tensor& weights, const Tensor& sample_weight,
                                const Tensor& mask) {
  add(values, metrics::unmasked(weights.defined() ? weights : sample_weight, mask, dtype()));
}

Tensor ReduceMetric::result() const {
  const auto total = ops::read(total_);
  return count_ ? ops::divide_no_nan(total, ops::read(count_)) : ops::identity(total);
}

MeanMetricWrapper::MeanMetricWrapper(std::string name, const std::string& dtype, std::string function_name,
                                     Function function, Function valid)
    : ReduceMetric(std::move(name), dtype, /*mean=*/true),
      function_name_(std::move(function_name)),
      function_(std::move(function)),
      valid_(std::move(valid)) {}

void MeanMetricWrapper::update_state(const Tensor& given_true, const Tensor& given_pred, const Tensor& sample_weight,
                                     const Tensor& mask) {
  if (!given_pred.defined()) throw TypeError("update_state() missing 1 required positional argument: 'y_pred'");
  const auto target = current_target();
  auto y_true = given_true, y_pred = given_pred;
  if (target == Target::keras3) {
    y_true = ops::cast(y_true, y_pred.dtype());
  } else {
    y_pred = ops::cast(y_pred, dtype());
    y_true = ops::cast(y_true, dtype());
    const auto matched = losses::match_ranks(y_true, y_pred, target);
    y_true = matched.y_true;
    y_pred = matched.y_pred;
  }
  auto weights = heeds_masks() ? metrics::unmasked_everywhere(sample_weight, mask, dtype())
                               : metrics::unmasked(sample_weight, mask, dtype());
  // Keras 3 leaves out what a function ignores only where there are weights: otherwise it counts, as 0.
  if (valid_ && (target != Target::keras3 || weights.defined())) {
    weights = metrics::unmasked_everywhere(weights, valid_(y_true, y_pred), dtype());
  }
  add(function_(y_true, y_pred), weights);
}

std::shared_ptr<MeanMetricWrapper> MeanMetricWrapper::another() const {
  return std::make_shared<MeanMetricWrapper>(name(), std::string(name_of(dtype())), function_name_, function_, valid_);
}

Config MeanMetricWrapper::arguments(Target target) const {
  if (class_name() != "MeanMetricWrapper") return Config::dict();
  auto function = losses::function_named(function_name_, target);
  // The metric of that name is none of the losses.
  if (function == "cosine_similarity" || function == "cosine_proximity") {
    function = target == Target::tf22 ? "cosine_proximity" : "cosine_similarity";
  }
  return Config::Dict{{"fn", target == Target::keras3 ? v3_function(function) : Config(function)}};
}

}  // namespace hornbeam
