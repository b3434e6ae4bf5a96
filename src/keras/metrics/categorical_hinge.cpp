// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct CategoricalHingeTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "CategoricalHinge";
  static constexpr const char* kName = "categorical_hinge";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::categorical_hinge(y_true, y_pred);
  }
};

}  // namespace

Metric metrics::CategoricalHinge(const MetricOptions& options) { return make_metric<CategoricalHingeTraits>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_categorical_hinge) { hornbeam::register_metric<hornbeam::CategoricalHingeTraits>(); }
