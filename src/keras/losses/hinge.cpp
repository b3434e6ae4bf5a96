// mean(max(1 - y_true * y_pred, 0)) over the last dim; labels of 0 and 1 count as -1 and 1.
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"
#include "keras/losses/margins.h"

namespace hornbeam {
namespace {

struct HingeTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "Hinge";
  static constexpr std::array kFunctions = {"hinge"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::hinge(y_true, y_pred);
  }
};

}  // namespace

Loss losses::Hinge(const LossOptions& options) { return make_loss<HingeTraits>(options); }

Tensor losses::hinge(const Tensor& given_true, const Tensor& y_pred) {
  return ops::reduce_mean(hinge_margins(given_true, y_pred), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_hinge) { hornbeam::register_loss<hornbeam::HingeTraits>(); }
