// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct PoissonTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "Poisson";
  static constexpr const char* kName = "poisson";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::poisson(y_true, y_pred);
  }
};

}  // namespace

Metric metrics::Poisson(const MetricOptions& options) { return make_metric<PoissonTraits>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_poisson) { hornbeam::register_metric<hornbeam::PoissonTraits>(); }
