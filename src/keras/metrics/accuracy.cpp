// How often predictions equal labels.
#include "hornbeam/ops.hpp"
#include "keras/metrics/matches.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct AccuracyTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "Accuracy";
  static constexpr const char* kName = "accuracy";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return metrics::equal_matches(y_true, y_pred);
  }
};

// The function of the same name.
Tensor accuracy_function(const Tensor& y_true, const Tensor& y_pred) { return metrics::equal_matches(y_true, y_pred); }

}  // namespace

Metric metrics::Accuracy(const MetricOptions& options) { return make_metric<AccuracyTraits>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_accuracy) {
  hornbeam::register_metric<hornbeam::AccuracyTraits>();
  hornbeam::register_metric_function("accuracy", hornbeam::accuracy_function);
}
