// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct SparseCategoricalCrossentropyTraits {
  using Options = metrics::SparseCategoricalCrossentropyOptions;
  static constexpr const char* kClassName = "SparseCategoricalCrossentropy";
  static constexpr const char* kName = "sparse_categorical_crossentropy";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("from_logits", o.from_logits);
    f("ignore_class", o.ignore_class);
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::sparse_categorical_crossentropy(y_true, y_pred, of_loss(o));
  }
  static Tensor valid_mask(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::SparseCategoricalCrossentropy(of_loss(o))->valid_mask(y_true, y_pred);
  }
  static losses::SparseCategoricalCrossentropyOptions of_loss(const Options& o) {
    return {.from_logits = o.from_logits, .ignore_class = o.ignore_class, .axis = o.axis};
  }
  static void adjust(Config& config, Target target) {
    if (target != Target::tf22) return;
    if (!config.at("ignore_class").is_null()) {
      throw ValueError(
          "tf.keras 2.2 has no metric SparseCategoricalCrossentropy with ignore_class; save for another "
          "target");
    }
    config.erase("ignore_class");
  }
};

}  // namespace

Metric metrics::SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options) {
  return make_metric<SparseCategoricalCrossentropyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_sparse_categorical_crossentropy) {
  hornbeam::register_metric<hornbeam::SparseCategoricalCrossentropyTraits>();
}
