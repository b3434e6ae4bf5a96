#include "keras/losses/ranks.h"

#include "hornbeam/ops.hpp"

namespace hornbeam::losses {
namespace {

bool has_ranks(const Tensor& a, const Tensor& b) { return a.shape().has_rank() && b.shape().has_rank(); }
bool may_drop_last(const Tensor& t) { return t.rank() > 0 && (t.shape().back() == 1 || t.shape().back() == None); }
Tensor drop_last(const Tensor& t) { return ops::squeeze(t, {-1}); }
Tensor add_last(const Tensor& t) { return ops::expand_dims(t, -1); }

}  // namespace

LabelsAndPredictions match_ranks(const Tensor& y_true, const Tensor& y_pred, Target target) {
  if (!has_ranks(y_true, y_pred)) return {y_true, y_pred};
  if (target == Target::keras3) {
    const auto [t, p] = same_rank(y_true, y_pred);
    return {t, p};
  }
  // Predictions of one rank more than their labels are class scores, unless there is only one class.
  if (y_pred.rank() == y_true.rank() + 1 && y_pred.shape().back() == 1) return {y_true, drop_last(y_pred)};
  if (y_true.rank() == y_pred.rank() + 1 && may_drop_last(y_true)) return {drop_last(y_true), y_pred};
  return {y_true, y_pred};
}

std::pair<Tensor, Tensor> same_rank(const Tensor& x1, const Tensor& x2) {
  if (!has_ranks(x1, x2)) return {x1, x2};
  if (x1.rank() == x2.rank() + 1 && x1.shape().back() == 1) {
    if (x2.rank() == 1) return {x1, add_last(x2)};
    return {drop_last(x1), x2};
  }
  if (x2.rank() == x1.rank() + 1 && x2.shape().back() == 1) {
    if (x1.rank() == 1) return {add_last(x1), x2};
    return {x1, drop_last(x2)};
  }
  return {x1, x2};
}

Tensor weights_for(const Tensor& values, const Tensor& weights) {
  if (!has_ranks(values, weights) || weights.rank() == 0) return weights;
  if (weights.rank() == values.rank() + 1) return drop_last(weights);
  if (values.rank() == weights.rank() + 1) return add_last(weights);
  return weights;
}

}  // namespace hornbeam::losses
