// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct KLDivergenceTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "KLDivergence";
  static constexpr const char* kName = "kl_divergence";
  static constexpr const char* kOldName = "kullback_leibler_divergence";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::kl_divergence(y_true, y_pred);
  }
};

}  // namespace

Metric metrics::KLDivergence(const MetricOptions& options) { return make_metric<KLDivergenceTraits>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_kl_divergence) { hornbeam::register_metric<hornbeam::KLDivergenceTraits>(); }
