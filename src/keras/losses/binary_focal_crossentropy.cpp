// Binary cross-entropy that gives what is predicted well less weight.
#include "hornbeam/ops.hpp"
#include "keras/losses/crossentropy.h"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct BinaryFocalCrossentropyTraits {
  using Options = losses::BinaryFocalCrossentropyOptions;
  static constexpr const char* kClassName = "BinaryFocalCrossentropy";
  static constexpr std::array kFunctions = {"binary_focal_crossentropy"};
  static constexpr auto kSince = Target::tf215;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("apply_class_balancing", o.apply_class_balancing);
    f("alpha", o.alpha);
    f("gamma", o.gamma);
    f("from_logits", o.from_logits);
    f("label_smoothing", o.label_smoothing);
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::binary_focal_crossentropy(y_true, y_pred, o);
  }
  static void adjust(Config& config, Target target) {
    if (target == Target::keras3) put_last(config, {"apply_class_balancing", "alpha", "gamma"});
  }
};

}  // namespace

Loss losses::BinaryFocalCrossentropy(const BinaryFocalCrossentropyOptions& options) {
  return make_loss<BinaryFocalCrossentropyTraits>(options);
}

Tensor losses::binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                         const BinaryFocalCrossentropyOptions& options) {
  const auto labels = smooth_binary(ops::cast(y_true, y_pred.dtype()), options.label_smoothing);
  const auto p = options.from_logits ? ops::sigmoid(y_pred) : y_pred;
  const auto right = labels * p + (1 - labels) * (1 - p);
  // Keras 3 takes logits at their word, 2.15 looks for what is behind them.
  const bool at_its_word = options.from_logits && current_target() == Target::keras3;
  const auto plain = at_its_word ? sigmoid_crossentropy(labels, y_pred)
                                 : binary_crossentropy_values(labels, y_pred, options.from_logits);
  auto values = ops::pow(1.0 - right, options.gamma) * plain;
  if (options.apply_class_balancing) {
    values = (labels * options.alpha + (1 - labels) * (1 - options.alpha)) * values;
  }
  return ops::reduce_mean(values, options.axis);
}

}  // namespace hornbeam

HB_REGISTER(loss_binary_focal_crossentropy) { hornbeam::register_loss<hornbeam::BinaryFocalCrossentropyTraits>(); }
