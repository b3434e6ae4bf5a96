// Losses without arguments as metrics: the means of what they are for each row.
#include "hornbeam/losses.hpp"

#include <array>
#include <utility>

#include "keras/losses/ranks.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct LossRow {
  const char *class_name, *name, *old_name;  // the default name in Keras 3, and in 2.x
  MetricBody loss;
  bool matches_ranks;  // brings labels and predictions of other ranks together
};

constexpr std::array kLosses = {
    LossRow{"MeanAbsoluteError", "mean_absolute_error", "mean_absolute_error", losses::mean_absolute_error, true},
    LossRow{"MeanSquaredError", "mean_squared_error", "mean_squared_error", losses::mean_squared_error, true},
    LossRow{"MeanAbsolutePercentageError", "mean_absolute_percentage_error", "mean_absolute_percentage_error",
            losses::mean_absolute_percentage_error, true},
    LossRow{"MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", "mean_squared_logarithmic_error",
            losses::mean_squared_logarithmic_error, true},
    LossRow{"LogCoshError", "logcosh", "logcosh", losses::log_cosh, true},
    LossRow{"KLDivergence", "kl_divergence", "kullback_leibler_divergence", losses::kl_divergence, false},
    LossRow{"Poisson", "poisson", "poisson", losses::poisson, false},
    LossRow{"Hinge", "hinge", "hinge", losses::hinge, false},
    LossRow{"SquaredHinge", "squared_hinge", "squared_hinge", losses::squared_hinge, false},
    LossRow{"CategoricalHinge", "categorical_hinge", "categorical_hinge", losses::categorical_hinge, false},
};

template <std::size_t kRow>
struct LossMetricTraits {
  using Options = metrics::MetricOptions;
  static constexpr const char* kClassName = kLosses[kRow].class_name;
  static constexpr const char* kName = kLosses[kRow].name;
  static constexpr const char* kOldName = kLosses[kRow].old_name;
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    if constexpr (kLosses[kRow].matches_ranks) {
      const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
      return kLosses[kRow].loss(t, p);
    } else {
      return kLosses[kRow].loss(y_true, y_pred);
    }
  }
};

// The row of a class, found where it is compiled.
consteval std::size_t row_of(std::string_view class_name) {
  std::size_t row = 0;
  while (class_name != kLosses[row].class_name) ++row;
  return row;
}

template <std::size_t... kRows>
void register_rows(std::index_sequence<kRows...>) {
  (register_metric<LossMetricTraits<kRows>>(), ...);
}

}  // namespace

namespace metrics {
Metric MeanAbsoluteError(const MetricOptions& options) {
  return make_metric<LossMetricTraits<row_of("MeanAbsoluteError")>>(options);
}
Metric MeanSquaredError(const MetricOptions& options) {
  return make_metric<LossMetricTraits<row_of("MeanSquaredError")>>(options);
}
Metric MeanAbsolutePercentageError(const MetricOptions& options) {
  return make_metric<LossMetricTraits<row_of("MeanAbsolutePercentageError")>>(options);
}
Metric MeanSquaredLogarithmicError(const MetricOptions& options) {
  return make_metric<LossMetricTraits<row_of("MeanSquaredLogarithmicError")>>(options);
}
Metric LogCoshError(const MetricOptions& options) {
  return make_metric<LossMetricTraits<row_of("LogCoshError")>>(options);
}
Metric KLDivergence(const MetricOptions& options) {
  return make_metric<LossMetricTraits<row_of("KLDivergence")>>(options);
}
Metric Poisson(const MetricOptions& options) { return make_metric<LossMetricTraits<row_of("Poisson")>>(options); }
Metric Hinge(const MetricOptions& options) { return make_metric<LossMetricTraits<row_of("Hinge")>>(options); }
Metric SquaredHinge(const MetricOptions& options) {
  return make_metric<LossMetricTraits<row_of("SquaredHinge")>>(options);
}
Metric CategoricalHinge(const MetricOptions& options) {
  return make_metric<LossMetricTraits<row_of("CategoricalHinge")>>(options);
}
}  // namespace metrics

}  // namespace hornbeam

HB_REGISTER(metric_losses) { hornbeam::register_rows(std::make_index_sequence<hornbeam::kLosses.size()>()); }
