// max(highest of the wrong - the right + 1, 0) over the last dim.
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct CategoricalHingeTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "CategoricalHinge";
  static constexpr std::array kFunctions = {"categorical_hinge"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::categorical_hinge(y_true, y_pred);
  }
};

}  // namespace

Loss losses::CategoricalHinge(const LossOptions& options) { return make_loss<CategoricalHingeTraits>(options); }

Tensor losses::categorical_hinge(const Tensor& given_true, const Tensor& y_pred) {
  const auto y_true = ops::cast(given_true, y_pred.dtype());
  const auto right = ops::reduce_sum(y_true * y_pred, -1);
  const auto wrong = ops::reduce_max((1.0 - y_true) * y_pred, -1);
  return ops::maximum(wrong - right + 1.0, 0.0);
}

}  // namespace hornbeam

HB_REGISTER(loss_categorical_hinge) { hornbeam::register_loss<hornbeam::CategoricalHingeTraits>(); }
