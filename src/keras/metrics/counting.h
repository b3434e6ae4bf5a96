// Metrics whose state is counts of the confusion at thresholds.
#pragma once

#include "hornbeam/operators.hpp"
#include "hornbeam/ops.hpp"
#include "keras/metrics/confusion.h"
#include "keras/metrics/options_metric.h"

namespace hornbeam {

// variable += value, of the variable's dtype; inside a trace when the function runs.
void add_to_state(const Variable& variable, const Tensor& value);

// Rates of what was counted: 0 where there is nothing.
inline Tensor rate(const Variable& part, const Variable& rest) {
  const Tensor p = part;
  return ops::divide_no_nan(p, p + Tensor(rest));
}

// The four counts as state, in the generation's order.
struct ConfusionState {
  Variable true_positives, false_positives, true_negatives, false_negatives;

  // `add`: MetricObject's add_weight.
  template <class Add>
  static ConfusionState make(Add&& add, const Shape& shape) {
    ConfusionState s;
    const bool false_before_true = current_target() == Target::keras3;
    s.true_positives = add("true_positives", shape);
    if (false_before_true) s.false_positives = add("false_positives", shape);
    s.true_negatives = add("true_negatives", shape);
    if (!false_before_true) s.false_positives = add("false_positives", shape);
    s.false_negatives = add("false_negatives", shape);
    return s;
  }
  void update(const metrics::Counts& counts) const {
    add_to_state(true_positives, counts.true_positives);
    add_to_state(false_positives, counts.false_positives);
    add_to_state(true_negatives, counts.true_negatives);
    add_to_state(false_negatives, counts.false_negatives);
  }
};

// num_thresholds of them from 0 to 1 (one: 0.5), as Keras computes them.
std::vector<double> thresholds_between(std::int64_t num_thresholds);

}  // namespace hornbeam
