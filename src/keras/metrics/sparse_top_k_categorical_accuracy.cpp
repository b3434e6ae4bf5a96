// How often the label, a class number, is among the k highest predictions.
#include "hornbeam/ops.hpp"
#include "keras/metrics/matches.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct SparseTopKCategoricalAccuracyTraits {
  using Options = metrics::TopKOptions;
  static constexpr const char* kClassName = "SparseTopKCategoricalAccuracy";
  static constexpr const char* kName = "sparse_top_k_categorical_accuracy";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("k", o.k);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return metrics::sparse_top_k_matches(y_true, y_pred, o.k);
  }
};

// The function of the same name.
Tensor sparse_top_k_categorical_accuracy_function(const Tensor& y_true, const Tensor& y_pred) {
  return metrics::sparse_top_k_matches(y_true, y_pred, 5);
}

}  // namespace

Metric metrics::SparseTopKCategoricalAccuracy(const TopKOptions& options) {
  return make_metric<SparseTopKCategoricalAccuracyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_sparse_top_k_categorical_accuracy) {
  hornbeam::register_metric<hornbeam::SparseTopKCategoricalAccuracyTraits>();
  hornbeam::register_metric_function("sparse_top_k_categorical_accuracy",
                                     hornbeam::sparse_top_k_categorical_accuracy_function);
}
