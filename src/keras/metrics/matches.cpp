#include "keras/metrics/matches.h"

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/operators.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/ranks.h"
#include "ops/gradient.h"

namespace hornbeam::metrics {
namespace {

Tensor as_numbers(const Tensor& truth) { return ops::cast(truth, dtype_from_name(backend::floatx())); }

// In Keras 3 functions bring the ranks together; in 2.x it has been done.
losses::LabelsAndPredictions same_ranks(const Tensor& y_true, const Tensor& y_pred) {
  if (current_target() != Target::keras3) return {y_true, y_pred};
  return losses::match_ranks(y_true, y_pred, Target::keras3);
}

Tensor class_numbers(const Tensor& y_true, const Tensor& y_pred) {
  return y_true.rank() == y_pred.rank() ? ops::squeeze(y_true, {-1}) : y_true;
}

}  // namespace

Tensor equal_matches(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = same_ranks(y_true, y_pred);
  if (!t.shape().is_compatible_with(p.shape())) {
    throw ValueError("Shapes " + p.shape().to_string() + " and " + t.shape().to_string() + " are incompatible");
  }
  return as_numbers(ops::equal(t, ops::cast(p, t.dtype())));
}

Tensor binary_matches(const Tensor& y_true, const Tensor& y_pred, double threshold) {
  const auto [t, p] = same_ranks(y_true, y_pred);
  return as_numbers(ops::equal(t, ops::cast(ops::greater(p, threshold), t.dtype())));
}

Tensor sparse_matches(const Tensor& y_true, const Tensor& y_pred) {
  const auto labels = class_numbers(y_true, y_pred);
  return as_numbers(ops::equal(labels, ops::cast(ops::argmax(y_pred, -1), labels.dtype())));
}

Tensor sparse_top_k_matches(const Tensor& y_true, const Tensor& y_pred, std::int64_t k) {
  const auto labels = ops::cast(class_numbers(y_true, y_pred), DType::int32);
  if (y_pred.rank() <= 2) return as_numbers(ops::in_top_k(labels, y_pred, k));
  const auto classes = y_pred.shape().back();
  const auto matches = ops::in_top_k(ops::reshape(labels, Shape{None}), ops::reshape(y_pred, Shape{None, classes}), k);
  return as_numbers(reshape_like(matches, labels));
}

Tensor sorted_ids_matches(const Tensor& y_true, const Tensor& y_pred, std::int64_t k) {
  const auto labels = ops::cast(y_true, y_pred.dtype());
  const auto ids = y_pred.rank() > 2 ? ops::reshape(y_pred, Shape{None, y_pred.shape().back()}) : y_pred;
  const auto flat = labels.rank() > 1 ? ops::reshape(labels, Shape{None}) : labels;
  const auto first = ops::getitem(ids, {Ellipsis{}, Slice{{}, k}});
  const auto matches = as_numbers(ops::reduce_any(ops::equal(ops::expand_dims(flat, 1), first), 1));
  return labels.rank() > 1 ? reshape_like(matches, labels) : matches;
}

}  // namespace hornbeam::metrics
