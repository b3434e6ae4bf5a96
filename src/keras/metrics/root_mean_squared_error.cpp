// The root of the mean of all squared errors.
#include "hornbeam/losses.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/ranks.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct RootMeanSquaredErrorTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = "RootMeanSquaredError";
  static constexpr const char* kName = "root_mean_squared_error";
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
    return ops::squared_difference(p, ops::cast(t, p.dtype()));
  }
  static Tensor of_mean(const Tensor& mean) { return ops::sqrt(mean); }
};

}  // namespace

Metric metrics::RootMeanSquaredError(const MetricOptions& options) {
  return make_metric<RootMeanSquaredErrorTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_root_mean_squared_error) { hornbeam::register_metric<hornbeam::RootMeanSquaredErrorTraits>(); }
