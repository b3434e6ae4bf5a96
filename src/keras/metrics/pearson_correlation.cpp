// How far labels and predictions lie on a line.
#include "hornbeam/losses.hpp"
#include "keras/losses/ranks.h"
#include "keras/metrics/correlation.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct PearsonCorrelationTraits {
  using Options = metrics::AxisOptions;
  static constexpr const char* kClassName = "PearsonCorrelation";
  static constexpr const char* kName = "pearson_correlation";
  static constexpr auto kFirst = Target::keras3;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
    return metrics::pearson(t, p, o.axis);
  }
};

}  // namespace

Metric metrics::PearsonCorrelation(const AxisOptions& options) {
  return make_metric<PearsonCorrelationTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_pearson_correlation) { hornbeam::register_metric<hornbeam::PearsonCorrelationTraits>(); }
