#include "keras/metrics/confusion_matrix.h"

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "ops/op_def.h"

namespace hornbeam::metrics {
namespace {

Tensor flat(const Tensor& x) { return x.rank() > 1 ? ops::reshape(x, Shape{None}) : x; }

Tensor inside(const Tensor& x, std::int64_t classes) {
  return ops::logical_and(ops::greater_equal(x, 0), ops::less(x, classes));
}

// The same numbers; the kernel refuses those out of range.
Tensor checked_numbers(const Tensor& x, std::int64_t classes) {
  return ops::gather(ops::range(0, classes, 1, DType::int64), x);
}

}  // namespace

Tensor confusion_matrix(const Tensor& y_true, const Tensor& y_pred, const Tensor& weights, std::int64_t num_classes,
                        std::optional<std::int64_t> ignore_class, DType dtype) {
  const bool keras3 = current_target() == Target::keras3;
  auto labels = ops::cast(flat(y_true), DType::int64), predictions = ops::cast(flat(y_pred), DType::int64);
  Tensor counted;
  if (ignore_class) counted = ops::not_equal(labels, *ignore_class);
  if (keras3) {
    const auto known = ops::logical_and(inside(labels, num_classes), inside(predictions, num_classes));
    counted = counted.defined() ? ops::logical_and(counted, known) : known;
  }
  const auto zeros_where_not = [&](const Tensor& x) {
    return counted.defined() ? ops::where(counted, x, ops::zeros_like(x)) : x;
  };
  labels = zeros_where_not(labels);
  predictions = zeros_where_not(predictions);
  if (!keras3) {
    labels = checked_numbers(labels, num_classes);
    predictions = checked_numbers(predictions, num_classes);
  }
  auto values = ops::cast(ops::ones_like(labels), dtype);
  if (weights.defined()) {
    const auto w = flat(ops::cast(weights, dtype));
    if (!w.shape().is_compatible_with(labels.shape()) && w.rank() != 0 && w.shape() != Shape{1}) {
      throw ValueError("Shapes " + labels.shape().to_string() + " and " + w.shape().to_string() + " are incompatible");
    }
    values = values * w;
  }
  const auto sums = call_op1("UnsortedSegmentSum", {zeros_where_not(values), labels * num_classes + predictions,
                                                    ops::scalar(DType::int32, num_classes * num_classes)});
  return ops::reshape(sums, Shape{num_classes, num_classes});
}

}  // namespace hornbeam::metrics
