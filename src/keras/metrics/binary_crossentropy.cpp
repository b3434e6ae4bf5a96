// The loss of the same name as a metric.
#include "hornbeam/losses.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct BinaryCrossentropyTraits {
  using Options = metrics::BinaryCrossentropyOptions;
  static constexpr const char* kClassName = "BinaryCrossentropy";
  static constexpr const char* kName = "binary_crossentropy";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("from_logits", o.from_logits);
    f("label_smoothing", o.label_smoothing);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::binary_crossentropy(y_true, y_pred,
                                       {.from_logits = o.from_logits, .label_smoothing = o.label_smoothing});
  }
  // Keras writes its default as an integer.
  static void adjust(Config& config, Target) {
    if (config.at("label_smoothing").as_double() == 0) config.set("label_smoothing", 0);
  }
};

}  // namespace

Metric metrics::BinaryCrossentropy(const BinaryCrossentropyOptions& options) {
  return make_metric<BinaryCrossentropyTraits>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_binary_crossentropy) { hornbeam::register_metric<hornbeam::BinaryCrossentropyTraits>(); }
