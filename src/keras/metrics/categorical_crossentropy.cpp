// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct CategoricalCrossentropyTraits {
  using Options = metrics::CategoricalCrossentropyOptions;
  static constexpr const char* kClassName = "CategoricalCrossentropy";
  static constexpr const char* kName = "categorical_crossentropy";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("from_logits", o.from_logits);
    f("label_smoothing", o.label_smoothing);
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::categorical_crossentropy(
        y_true, y_pred, {.from_logits = o.from_logits, .label_smoothing = o.label_smoothing, .axis = o.axis});
  }
  // Keras writes the default of label_smoothing as an integer; 2.2 knows no axis.
  static void adjust(Config& config, Target target) {
    if (config.at("label_smoothing").as_double() == 0) config.set("label_smoothing", 0);
    if (target != Target::tf22) return;
    if (config.at("axis") != Config(-1)) {
      throw ValueError("tf.keras 2.2 has no metric CategoricalCrossentropy with axis = " + config.at("axis").dump() +
                       "; save for another target");
    }
    config.erase("axis");
  }
};

}  // namespace

Metric metrics::CategoricalCrossentropy(const CategoricalCrossentropyOptions& options) {
  return make_metric<CategoricalCrossentropyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_categorical_crossentropy) { hornbeam::register_metric<hornbeam::CategoricalCrossentropyTraits>(); }
