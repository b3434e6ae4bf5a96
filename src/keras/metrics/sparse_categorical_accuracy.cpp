// How often the highest prediction is at the label, a class number.
#include "hornbeam/ops.hpp"
#include "keras/metrics/matches.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct SparseCategoricalAccuracyTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "SparseCategoricalAccuracy";
  static constexpr const char* kName = "sparse_categorical_accuracy";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return metrics::sparse_matches(y_true, y_pred);
  }
};

// The function of the same name.
Tensor sparse_categorical_accuracy_function(const Tensor& y_true, const Tensor& y_pred) {
  return metrics::sparse_matches(y_true, y_pred);
}

}  // namespace

Metric metrics::SparseCategoricalAccuracy(const MetricOptions& options) {
  return make_metric<SparseCategoricalAccuracyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_sparse_categorical_accuracy) {
  hornbeam::register_metric<hornbeam::SparseCategoricalAccuracyTraits>();
  hornbeam::register_metric_function("sparse_categorical_accuracy", hornbeam::sparse_categorical_accuracy_function);
}
