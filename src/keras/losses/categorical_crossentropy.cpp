// Cross-entropy of class probabilities and one-hot labels.
#include "hornbeam/ops.hpp"
#include "keras/losses/crossentropy.h"
#include "keras/losses/logits.h"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct CategoricalCrossentropyTraits {
  using Options = losses::CategoricalCrossentropyOptions;
  static constexpr const char* kClassName = "CategoricalCrossentropy";
  static constexpr std::array kFunctions = {"categorical_crossentropy"};
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("from_logits", o.from_logits);
    f("label_smoothing", o.label_smoothing);
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::categorical_crossentropy(y_true, y_pred, o);
  }
  static void adjust(Config& config, Target target) {
    if (target == Target::tf22) drop_for_2_2(config, kClassName, "axis", -1);
  }
};

Tensor of_probabilities(const Tensor& labels, const Tensor& given, std::int64_t axis) {
  const auto p = given / ops::reduce_sum(given, axis, /*keepdims=*/true);
  return -ops::reduce_sum(labels * ops::log(losses::clip_probabilities(p)), axis);
}

}  // namespace

Loss losses::CategoricalCrossentropy(const CategoricalCrossentropyOptions& options) {
  return make_loss<CategoricalCrossentropyTraits>(options);
}

Tensor losses::categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                        const CategoricalCrossentropyOptions& options) {
  check_target_and_output(y_true, y_pred);
  check_classes(y_true, y_pred);
  const auto target = current_target();
  // What is counted as classes for smoothing: Keras 3 takes the last dim whatever the axis, 2.2 the second.
  const auto class_axis = target == Target::keras3 ? -1 : target == Target::tf22 ? 1 : options.axis;
  const auto labels = smooth_classes(ops::cast(y_true, y_pred.dtype()), options.label_smoothing, class_axis);
  const bool look_behind = !(options.from_logits && target == Target::tf22);
  if (const auto behind = look_behind ? logits_behind(y_pred, "Softmax", target) : std::nullopt) {
    return softmax_crossentropy(labels, *behind, options.axis);
  }
  return options.from_logits ? softmax_crossentropy(labels, y_pred, options.axis)
                             : of_probabilities(labels, y_pred, options.axis);
}

}  // namespace hornbeam

HB_REGISTER(loss_categorical_crossentropy) { hornbeam::register_loss<hornbeam::CategoricalCrossentropyTraits>(); }
