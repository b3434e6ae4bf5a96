#include "keras/metrics/confusion.h"

#include <algorithm>
#include <cmath>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/operators.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/ranks.h"
#include "ops/gradient.h"

namespace hornbeam::metrics {
namespace {

std::int64_t size_of(const std::vector<double>& values) { return static_cast<std::int64_t>(values.size()); }

Tensor vector_of(const std::vector<double>& values, DType dtype) {
  return ops::cast(Tensor::from<double>({size_of(values)}, values), dtype);
}

// Of a row only the k highest stay.
Tensor only_highest(const Tensor& x, std::int64_t k) {
  const auto classes = x.shape().back();
  if (classes == None) throw ValueError("top_k needs a known number of classes");
  const auto chosen = ops::reduce_sum(ops::one_hot(ops::top_k(x, k).indices, classes, x.dtype()), -2);
  return x * chosen + kNoThreshold * (1 - chosen);
}

Tensor one_class(const Tensor& x, std::int64_t class_id, Target target) {
  if (x.rank() < 2) {
    throw ValueError(
        "When class_id is provided, y_pred must be a 2D array with shape (num_samples, num_classes), found shape: " +
        x.shape().to_string());
  }
  const auto classes = x.shape().back();
  if (classes != None && (class_id >= classes || class_id < -classes)) {
    throw InvalidArgumentError("class_id " + std::to_string(class_id) + " is out of bounds for " +
                               std::to_string(classes) + " classes");
  }
  const auto column = ops::getitem(x, {Ellipsis{}, class_id});
  return target == Target::keras3 ? ops::expand_dims(column, -1) : column;
}

// Keras 3 gives weights a last dim and takes it back where labels have none.
Tensor weights_like(const Tensor& y_true, const Tensor& y_pred, const Tensor& weights, Target target) {
  if (target != Target::keras3) {
    auto w = losses::weights_for(y_pred, weights);
    if (w.rank() == 0) return w;
    // 2.2 repeats what weighs a row.
    while (target == Target::tf22 && w.rank() < y_pred.rank()) w = ops::expand_dims(w, -1);
    if (w.rank() == y_pred.rank()) return w;
    throw ValueError("weights can not be broadcast to values. values.rank=" + std::to_string(y_pred.rank()) +
                     ". weights.rank=" + std::to_string(w.rank()) + ". values.shape=" + y_pred.shape().to_string() +
                     ". weights.shape=" + w.shape().to_string() + ".");
  }
  const auto w = ops::expand_dims(weights, -1);
  const bool one_more = w.rank() == y_true.rank() + 1 && w.shape().back() == 1;
  return one_more ? ops::squeeze(w, {-1}) : w;
}

// In a graph when it runs. NaN is in no range.
void check_range(const Tensor& y_pred) {
  const auto check = [&](const Tensor& fits, const char* message) {
    const auto all = ops::reduce_all(fits);
    if (all.recorder()) {
      call_op("Assert", {all, Tensor::scalar(std::string(message)), y_pred}, {});
    } else if (!all.item<bool>()) {
      throw InvalidArgumentError(message);
    }
  };
  check(ops::greater_equal(y_pred, 0.0), "predictions must be >= 0");
  check(ops::less_equal(y_pred, 1.0), "predictions must be <= 1");
}

// Labels that are there and that are not, times their weights.
struct Labels {
  Tensor there, missing;
};

Labels weighted_labels(const Tensor& y_true, const Tensor& weights) {
  const auto there = ops::cast(ops::not_equal(y_true, 0.0), y_true.dtype());
  const auto missing = 1.0 - there;
  if (!weights.defined()) return {there, missing};
  return {there * weights, missing * weights};
}

Counts in_buckets(const Labels& labels, const Tensor& y_pred, const CountingOptions& o) {
  const auto n = size_of(o.thresholds);
  auto bucket = ops::ceil(ops::clip_by_value(y_pred, 0.0, 1.0) * (n - 1)) - 1;
  if (o.thresholds.front() < 0 || o.thresholds.back() > 1) bucket = ops::relu(bucket);
  bucket = ops::cast(bucket, DType::int32);
  const auto columns = o.multi_label ? y_pred.shape().back() : 1;
  if (o.multi_label) {
    const auto place = bucket * columns + ops::range(0, columns);
    bucket = ops::where(ops::less(bucket, 0), bucket, place);
  }
  const auto ids = ops::reshape(bucket, Shape{None});
  // Those of a bucket and of all higher ones are above its lower border.
  const auto above = [&](const Tensor& values) {
    const auto count = ops::scalar(DType::int32, n * columns);
    auto sums = call_op1("UnsortedSegmentSum", {ops::reshape(values, Shape{None}), ids, count});
    if (o.multi_label) sums = ops::reshape(sums, Shape{n, columns});
    return ops::cumsum(sums, 0, /*exclusive=*/false, /*reverse=*/true);
  };
  const ops::Axes all = o.multi_label ? ops::Axes(0) : ops::Axes();
  const auto tp = above(labels.there), fp = above(labels.missing);
  return {tp, fp, ops::reduce_sum(labels.missing, all) - fp, ops::reduce_sum(labels.there, all) - tp};
}

Counts by_comparison(const Labels& labels, const Tensor& y_pred, const CountingOptions& o) {
  const auto n = size_of(o.thresholds);
  const auto row = [&](const Tensor& x) {
    return o.multi_label ? ops::expand_dims(x, 0) : ops::reshape(x, Shape{1, None});
  };
  const auto borders =
      ops::reshape(vector_of(o.thresholds, y_pred.dtype()), o.multi_label ? Shape{n, 1, 1} : Shape{n, 1});
  const auto positive = ops::cast(ops::greater(row(y_pred), borders), y_pred.dtype());
  const auto negative = 1.0 - positive;
  const auto there = row(labels.there), missing = row(labels.missing);
  const auto count = [](const Tensor& a, const Tensor& b) { return ops::reduce_sum(a * b, 1); };
  return {count(there, positive), count(missing, positive), count(missing, negative), count(there, negative)};
}

}  // namespace

std::vector<double> thresholds_of(const Config& given, double fallback) {
  if (given.is_null()) return {fallback};
  std::vector<double> values;
  std::string invalid;
  const auto add = [&](const Config& item) {
    const auto value = item.is_null() ? std::nan("") : item.as_double();
    if (!(value >= 0 && value <= 1)) invalid += (invalid.empty() ? "" : ", ") + item.dump();
    values.push_back(value);
  };
  if (given.is_list()) {
    for (const auto& item : given.as_list()) add(item);
  } else {
    add(given);
  }
  if (!invalid.empty()) throw ValueError("Threshold values must be in [0, 1]. Invalid values: [" + invalid + "]");
  return values;
}

bool evenly_distributed(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  const auto last = static_cast<double>(thresholds.size() - 1);
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    const auto even = static_cast<double>(static_cast<float>(i)) / last;
    if (!(std::abs(thresholds[i] - even) <= backend::epsilon() + 1e-5 * even)) return false;  // numpy.allclose
  }
  return true;
}

Counts count_confusions(const Tensor& given_true, const Tensor& given_pred, const Tensor& sample_weight, DType dtype,
                        const CountingOptions& o) {
  const auto target = current_target();
  if (target == Target::tf22) dtype = DType::float32;
  auto [y_true, y_pred] = losses::match_ranks(ops::cast(given_true, dtype), ops::cast(given_pred, dtype), target);
  if (target == Target::tf22) check_range(y_pred);
  if (!y_pred.shape().is_compatible_with(y_true.shape())) {
    throw ValueError("Shapes " + y_pred.shape().to_string() + " and " + y_true.shape().to_string() +
                     " are incompatible");
  }
  auto weights = sample_weight;
  if (weights.defined()) weights = weights_like(y_true, y_pred, ops::cast(weights, dtype), target);
  if (o.top_k) y_pred = only_highest(y_pred, *o.top_k);
  if (o.class_id) {
    y_true = one_class(y_true, *o.class_id, target);
    y_pred = one_class(y_pred, *o.class_id, target);
    // 2.x drops the dim of the classes, and of weights that have got one.
    if (weights.defined() && weights.rank() > y_pred.rank()) weights = ops::squeeze(weights, {-1});
  }
  if (o.label_weights && !o.multi_label) {
    const auto of_labels = ops::expand_dims(vector_of(*o.label_weights, dtype), 0);
    weights = weights.defined() ? weights * of_labels : of_labels;
  }
  const auto labels = weighted_labels(y_true, weights);
  if (!labels.there.shape().is_compatible_with(y_pred.shape())) {
    throw ValueError("weights can not be broadcast to values. values.shape=" + y_pred.shape().to_string() +
                     ". weights.shape=" + weights.shape().to_string() + ".");
  }
  return o.even && target != Target::tf22 ? in_buckets(labels, y_pred, o) : by_comparison(labels, y_pred, o);
}

}  // namespace hornbeam::metrics
