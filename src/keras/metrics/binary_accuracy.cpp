// How often predictions lie on the labels' side of a threshold.
#include "hornbeam/ops.hpp"
#include "keras/metrics/matches.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct BinaryAccuracyTraits {
  using Options = metrics::BinaryAccuracyOptions;
  static constexpr const char* kClassName = "BinaryAccuracy";
  static constexpr const char* kName = "binary_accuracy";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("threshold", o.threshold);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    const auto matches = metrics::binary_matches(y_true, y_pred, o.threshold);
    // 2.2 counts samples, 2.15 every output (Keras 3 samples again, but not here).
    return current_target() == Target::tf22 ? ops::reduce_mean(matches, -1) : matches;
  }
};

// The function of the same name.
Tensor binary_accuracy_function(const Tensor& y_true, const Tensor& y_pred) {
  const auto matches = metrics::binary_matches(y_true, y_pred, 0.5);
  // 2.x's function is the mean over a sample's outputs.
  return current_target() == Target::keras3 ? matches : ops::reduce_mean(matches, -1);
}

}  // namespace

Metric metrics::BinaryAccuracy(const BinaryAccuracyOptions& options) {
  return make_metric<BinaryAccuracyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_binary_accuracy) {
  hornbeam::register_metric<hornbeam::BinaryAccuracyTraits>();
  hornbeam::register_metric_function("binary_accuracy", hornbeam::binary_accuracy_function);
}
