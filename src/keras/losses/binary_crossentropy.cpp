// Binary cross-entropy: each output is a class of its own that is there or not.
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/crossentropy.h"
#include "keras/losses/logits.h"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct BinaryCrossentropyTraits {
  using Options = losses::BinaryCrossentropyOptions;
  static constexpr const char* kClassName = "BinaryCrossentropy";
  static constexpr std::array kFunctions = {"binary_crossentropy", "bce", "BCE"};
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("from_logits", o.from_logits);
    f("label_smoothing", o.label_smoothing);
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::binary_crossentropy(y_true, y_pred, o);
  }
  static void adjust(Config& config, Target target) {
    if (target == Target::tf22) drop_for_2_2(config, kClassName, "axis", -1);
  }
};

Tensor of_probabilities(const Tensor& labels, const Tensor& given, Target target) {
  const auto p = losses::clip_probabilities(given);
  // Keras 2 adds epsilon once more.
  const double more = target == Target::keras3 ? 0.0 : backend::epsilon();
  const auto log = [&](const Tensor& x) { return ops::log(more == 0 ? x : x + more); };
  // In the graphs of tf.keras (1 - p) + epsilon becomes (1 + epsilon) - p, which rounds otherwise where p is nearly 1.
  const bool folded = more != 0 && p.recorder();
  return -(labels * log(p) + (1 - labels) * (folded ? ops::log((1.0 + more) - p) : log(1 - p)));
}

}  // namespace

Loss losses::BinaryCrossentropy(const BinaryCrossentropyOptions& options) {
  return make_loss<BinaryCrossentropyTraits>(options);
}

Tensor losses::binary_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                   const BinaryCrossentropyOptions& options) {
  const auto labels = smooth_binary(ops::cast(y_true, y_pred.dtype()), options.label_smoothing);
  return ops::reduce_mean(binary_crossentropy_values(labels, y_pred, options.from_logits), options.axis);
}

Tensor losses::binary_crossentropy_values(const Tensor& labels, const Tensor& y_pred, bool from_logits) {
  check_target_and_output(labels, y_pred);
  const auto target = current_target();
  // 2.2 takes what is said to be logits at its word.
  const bool look_behind = !(from_logits && target == Target::tf22);
  const auto behind = look_behind ? logits_behind(y_pred, "Sigmoid", target) : std::nullopt;
  if (behind) return sigmoid_crossentropy(labels, *behind);
  return from_logits ? sigmoid_crossentropy(labels, y_pred) : of_probabilities(labels, y_pred, target);
}

}  // namespace hornbeam

HB_REGISTER(loss_binary_crossentropy) { hornbeam::register_loss<hornbeam::BinaryCrossentropyTraits>(); }
