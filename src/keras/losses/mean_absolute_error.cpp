// mean(|y_pred - y_true|) over the last dim.
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct MeanAbsoluteErrorTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "MeanAbsoluteError";
  static constexpr std::array kFunctions = {"mean_absolute_error", "mae", "MAE"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::mean_absolute_error(y_true, y_pred);
  }
};

}  // namespace

Loss losses::MeanAbsoluteError(const LossOptions& options) { return make_loss<MeanAbsoluteErrorTraits>(options); }

Tensor losses::mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  return ops::reduce_mean(ops::abs(y_pred - ops::cast(y_true, y_pred.dtype())), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_mean_absolute_error) { hornbeam::register_loss<hornbeam::MeanAbsoluteErrorTraits>(); }
