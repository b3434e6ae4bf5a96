// (1 - p^q) / q of the probability of the label: between cross-entropy (q = 0) and absolute error (q = 1).
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct CategoricalGeneralizedCrossEntropyTraits {
  using Options = losses::CategoricalGeneralizedCrossEntropyOptions;
  static constexpr const char* kClassName = "CategoricalGeneralizedCrossEntropy";
  static constexpr std::array kFunctions = {"categorical_generalized_cross_entropy"};
  static constexpr auto kSince = Target::keras3;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("q", o.q);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::categorical_generalized_cross_entropy(y_true, y_pred, o.q);
  }
  static void check(const Options& o) {
    if (!(o.q > 0 && o.q < 1)) throw ValueError("q must be in the interval (0, 1)");
  }
};

}  // namespace

Loss losses::CategoricalGeneralizedCrossEntropy(const CategoricalGeneralizedCrossEntropyOptions& options) {
  return make_loss<CategoricalGeneralizedCrossEntropyTraits>(options);
}

Tensor losses::categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q) {
  const auto classes = y_pred.shape().has_rank() && y_pred.rank() > 0 ? y_pred.shape().back() : None;
  if (classes == None) {
    throw ValueError(
        "categorical_generalized_cross_entropy needs a known number of classes, not predictions of shape " +
        y_pred.shape().to_string());
  }
  const auto labels = ops::one_hot(ops::cast(y_true, DType::int64), classes, y_pred.dtype());
  return (1 - ops::pow(ops::reduce_sum(y_pred * labels, -1), q)) / q;
}

}  // namespace hornbeam

HB_REGISTER(loss_categorical_generalized_cross_entropy) {
  hornbeam::register_loss<hornbeam::CategoricalGeneralizedCrossEntropyTraits>();
}
