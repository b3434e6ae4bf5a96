// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct SquaredHingeTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "SquaredHinge";
  static constexpr const char* kName = "squared_hinge";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::squared_hinge(y_true, y_pred);
  }
};

}  // namespace

Metric metrics::SquaredHinge(const MetricOptions& options) { return make_metric<SquaredHingeTraits>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_squared_hinge) { hornbeam::register_metric<hornbeam::SquaredHingeTraits>(); }
