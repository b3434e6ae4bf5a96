// How often the label, which is one-hot, is among the k highest predictions.
#include "hornbeam/ops.hpp"
#include "keras/metrics/matches.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct TopKCategoricalAccuracyTraits {
  using Options = metrics::TopKOptions;
  static constexpr const char* kClassName = "TopKCategoricalAccuracy";
  static constexpr const char* kName = "top_k_categorical_accuracy";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("k", o.k);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return metrics::sparse_top_k_matches(ops::argmax(y_true, -1), y_pred, o.k);
  }
};

// The function of the same name.
Tensor top_k_categorical_accuracy_function(const Tensor& y_true, const Tensor& y_pred) {
  return metrics::sparse_top_k_matches(ops::argmax(y_true, -1), y_pred, 5);
}

}  // namespace

Metric metrics::TopKCategoricalAccuracy(const TopKOptions& options) {
  return make_metric<TopKCategoricalAccuracyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_top_k_categorical_accuracy) {
  hornbeam::register_metric<hornbeam::TopKCategoricalAccuracyTraits>();
  hornbeam::register_metric_function("top_k_categorical_accuracy", hornbeam::top_k_categorical_accuracy_function);
}
