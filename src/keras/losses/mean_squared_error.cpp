// mean((y_pred - y_true)^2) over the last dim.
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct MeanSquaredErrorTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "MeanSquaredError";
  static constexpr std::array kFunctions = {"mean_squared_error", "mse", "MSE"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::mean_squared_error(y_true, y_pred);
  }
};

}  // namespace

Loss losses::MeanSquaredError(const LossOptions& options) { return make_loss<MeanSquaredErrorTraits>(options); }

Tensor losses::mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  return ops::reduce_mean(ops::squared_difference(y_pred, ops::cast(y_true, y_pred.dtype())), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_mean_squared_error) { hornbeam::register_loss<hornbeam::MeanSquaredErrorTraits>(); }
