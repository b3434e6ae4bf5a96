// How often the highest prediction is at the label, which is one-hot.
#include "hornbeam/ops.hpp"
#include "keras/metrics/matches.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct CategoricalAccuracyTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "CategoricalAccuracy";
  static constexpr const char* kName = "categorical_accuracy";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return metrics::sparse_matches(ops::argmax(y_true, -1), y_pred);
  }
};

// The function of the same name.
Tensor categorical_accuracy_function(const Tensor& y_true, const Tensor& y_pred) {
  return metrics::sparse_matches(ops::argmax(y_true, -1), y_pred);
}

}  // namespace

Metric metrics::CategoricalAccuracy(const MetricOptions& options) {
  return make_metric<CategoricalAccuracyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_categorical_accuracy) {
  hornbeam::register_metric<hornbeam::CategoricalAccuracyTraits>();
  hornbeam::register_metric_function("categorical_accuracy", hornbeam::categorical_accuracy_function);
}
