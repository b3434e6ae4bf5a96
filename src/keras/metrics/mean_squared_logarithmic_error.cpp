// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/losses/ranks.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct MeanSquaredLogarithmicErrorTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "MeanSquaredLogarithmicError";
  static constexpr const char* kName = "mean_squared_logarithmic_error";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
    return losses::mean_squared_logarithmic_error(t, p);
  }
};

}  // namespace

Metric metrics::MeanSquaredLogarithmicError(const MetricOptions& options) {
  return make_metric<MeanSquaredLogarithmicErrorTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_mean_squared_logarithmic_error) {
  hornbeam::register_metric<hornbeam::MeanSquaredLogarithmicErrorTraits>();
}
