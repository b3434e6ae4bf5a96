// Cross-entropy of one-hot labels that gives what is predicted well less weight.
#include "hornbeam/ops.hpp"
#include "keras/losses/crossentropy.h"
#include "keras/losses/logits.h"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

// One factor, or one for each class.
Tensor alpha_of(const Config& alpha, DType dtype) {
  if (!alpha.is_list()) return ops::scalar(dtype, alpha.as_double());
  std::vector<double> factors;
  for (const auto& factor : alpha.as_list()) factors.push_back(factor.as_double());
  const Shape shape{static_cast<std::int64_t>(factors.size())};
  return ops::cast(Tensor::from<double>(shape, factors), dtype);
}

struct CategoricalFocalCrossentropyTraits {
  using Options = losses::CategoricalFocalCrossentropyOptions;
  static constexpr const char* kClassName = "CategoricalFocalCrossentropy";
  static constexpr std::array kFunctions = {"categorical_focal_crossentropy"};
  static constexpr auto kSince = Target::tf215;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("alpha", o.alpha);
    f("gamma", o.gamma);
    f("from_logits", o.from_logits);
    f("label_smoothing", o.label_smoothing);
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::categorical_focal_crossentropy(y_true, y_pred, o);
  }
  static void adjust(Config& config, Target target) {
    if (target == Target::keras3) put_last(config, {"alpha", "gamma"});
  }
  static void check(const Options& o) { alpha_of(o.alpha, DType::float32); }
};

}  // namespace

Loss losses::CategoricalFocalCrossentropy(const CategoricalFocalCrossentropyOptions& options) {
  return make_loss<CategoricalFocalCrossentropyTraits>(options);
}

Tensor losses::categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                              const CategoricalFocalCrossentropyOptions& options) {
  check_classes(y_true, y_pred);
  const auto labels = smooth_classes(ops::cast(y_true, y_pred.dtype()), options.label_smoothing, -1);
  // 2.15 goes back to the logits, whatever is said.
  const auto target = current_target();
  const auto behind = target == Target::keras3 ? std::nullopt : logits_behind(y_pred, "Softmax", target);
  const auto given = behind                ? ops::softmax(*behind, options.axis)
                     : options.from_logits ? ops::softmax(y_pred, options.axis)
                                           : y_pred;
  const auto p = clip_probabilities(given / ops::reduce_sum(given, options.axis, /*keepdims=*/true));
  const auto weights = ops::pow(1.0 - p, options.gamma) * alpha_of(options.alpha, p.dtype());
  return ops::reduce_sum(weights * (-labels * ops::log(p)), options.axis);
}

}  // namespace hornbeam

HB_REGISTER(loss_categorical_focal_crossentropy) {
  hornbeam::register_loss<hornbeam::CategoricalFocalCrossentropyTraits>();
}
