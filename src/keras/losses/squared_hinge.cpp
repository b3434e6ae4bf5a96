// mean(max(1 - y_true * y_pred, 0)^2) over the last dim; labels of 0 and 1 count as -1 and 1.
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"
#include "keras/losses/margins.h"

namespace hornbeam {
namespace {

struct SquaredHingeTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "SquaredHinge";
  static constexpr std::array kFunctions = {"squared_hinge"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::squared_hinge(y_true, y_pred);
  }
};

}  // namespace

Loss losses::SquaredHinge(const LossOptions& options) { return make_loss<SquaredHingeTraits>(options); }

Tensor losses::squared_hinge(const Tensor& given_true, const Tensor& y_pred) {
  return ops::reduce_mean(ops::square(hinge_margins(given_true, y_pred)), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_squared_hinge) { hornbeam::register_loss<hornbeam::SquaredHingeTraits>(); }
