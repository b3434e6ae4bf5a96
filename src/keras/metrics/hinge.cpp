// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct HingeTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "Hinge";
  static constexpr const char* kName = "hinge";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::hinge(y_true, y_pred);
  }
};

}  // namespace

Metric metrics::Hinge(const MetricOptions& options) { return make_metric<HingeTraits>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_hinge) { hornbeam::register_metric<hornbeam::HingeTraits>(); }
