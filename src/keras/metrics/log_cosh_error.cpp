// The loss LogCosh as a metric.
#include "hornbeam/losses.hpp"
#include "keras/losses/ranks.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct LogCoshErrorTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "LogCoshError";
  static constexpr const char* kName = "logcosh";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
    return losses::log_cosh(t, p);
  }
};

}  // namespace

Metric metrics::LogCoshError(const MetricOptions& options) { return make_metric<LogCoshErrorTraits>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_log_cosh_error) { hornbeam::register_metric<hornbeam::LogCoshErrorTraits>(); }
