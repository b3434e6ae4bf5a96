// The loss of the same name as a metric.
#include <algorithm>
#include <numeric>

#include "hornbeam/losses.hpp"
#include "hornbeam/ops.hpp"
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
    return losses::sparse_categorical_crossentropy(y_true, classes_last(o, y_pred),
                                                   {.from_logits = o.from_logits, .ignore_class = o.ignore_class});
  }
  static Tensor valid_mask(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::SparseCategoricalCrossentropy({.ignore_class = o.ignore_class})
        ->valid_mask(y_true, classes_last(o, y_pred));
  }
  // Keras 3 on TensorFlow does not take another axis than the last.
  static Tensor classes_last(const Options& o, const Tensor& y_pred) {
    const auto rank = static_cast<std::int64_t>(y_pred.rank());
    const auto axis = o.axis < 0 ? o.axis + rank : o.axis;
    if (axis == rank - 1) return y_pred;
    if (current_target() == Target::keras3) {
      throw ValueError("Only axis=-1 is currently supported. Received: axis=" + std::to_string(o.axis));
    }
    if (axis < 0 || axis >= rank) {
      throw ValueError("sparse_categorical_crossentropy: axis " + std::to_string(o.axis) +
                       " is out of range for predictions of shape " + y_pred.shape().to_string());
    }
    std::vector<std::int64_t> order(static_cast<std::size_t>(rank));
    std::iota(order.begin(), order.end(), 0);
    std::rotate(order.begin() + axis, order.begin() + axis + 1, order.end());
    return ops::transpose(y_pred, order);
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
