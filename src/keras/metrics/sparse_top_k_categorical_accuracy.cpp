// How often the label, a class number, is among the k highest predictions.
#include "hornbeam/ops.hpp"
#include "keras/metrics/matches.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct SparseTopKCategoricalAccuracyTraits {
  using Options = metrics::SparseTopKOptions;
  static constexpr const char* kClassName = "SparseTopKCategoricalAccuracy";
  static constexpr const char* kName = "sparse_top_k_categorical_accuracy";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("k", o.k);
    f("from_sorted_ids", o.from_sorted_ids);
  }
  // Written where it is asked for alone.
  static void adjust(Config& config, Target target) {
    const bool sorted = config.at("from_sorted_ids").as_bool();
    if (sorted && target != Target::keras3) {
      throw ValueError("Only Keras 3 has SparseTopKCategoricalAccuracy with from_sorted_ids; save for target 'keras3'");
    }
    if (!sorted) config.erase("from_sorted_ids");
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    if (o.from_sorted_ids) return metrics::sorted_ids_matches(y_true, y_pred, o.k);
    return metrics::sparse_top_k_matches(y_true, y_pred, o.k);
  }
};

// The function of the same name.
Tensor sparse_top_k_categorical_accuracy_function(const Tensor& y_true, const Tensor& y_pred) {
  return metrics::sparse_top_k_matches(y_true, y_pred, 5);
}

}  // namespace

Metric metrics::SparseTopKCategoricalAccuracy(const SparseTopKOptions& options) {
  return make_metric<SparseTopKCategoricalAccuracyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_sparse_top_k_categorical_accuracy) {
  hornbeam::register_metric<hornbeam::SparseTopKCategoricalAccuracyTraits>();
  hornbeam::register_metric_function("sparse_top_k_categorical_accuracy",
                                     hornbeam::sparse_top_k_categorical_accuracy_function);
}
