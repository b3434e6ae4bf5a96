// How far predictions equal labels: correlation that offset and scale take from.
#include "hornbeam/losses.hpp"
#include "keras/losses/ranks.h"
#include "keras/metrics/correlation.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct ConcordanceCorrelationTraits {
  using Options = metrics::AxisOptions;
  static constexpr const char* kClassName = "ConcordanceCorrelation";
  static constexpr const char* kName = "concordance_correlation";
  static constexpr auto kFirst = Target::keras3;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
    return metrics::concordance(t, p, o.axis);
  }
};

}  // namespace

Metric metrics::ConcordanceCorrelation(const AxisOptions& options) {
  return make_metric<ConcordanceCorrelationTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_concordance_correlation) { hornbeam::register_metric<hornbeam::ConcordanceCorrelationTraits>(); }
