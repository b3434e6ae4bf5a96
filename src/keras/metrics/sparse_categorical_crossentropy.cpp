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
    check_axis(o, y_pred);
    return losses::sparse_categorical_crossentropy(y_true, y_pred,
                                                   {.from_logits = o.from_logits, .ignore_class = o.ignore_class});
  }
  static Tensor valid_mask(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::SparseCategoricalCrossentropy({.ignore_class = o.ignore_class})->valid_mask(y_true, y_pred);
  }
  static void check_axis(const Options& o, const Tensor& y_pred) {
    if (o.axis == -1 || o.axis == static_cast<std::int64_t>(y_pred.rank()) - 1) return;
    throw NotImplementedError("Only axis=-1 is currently supported. Received: axis=" + std::to_string(o.axis));
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
