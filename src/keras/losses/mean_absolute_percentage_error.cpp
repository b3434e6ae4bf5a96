// 100 * mean(|y_true - y_pred| / |y_true|) over the last dim.
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct MeanAbsolutePercentageErrorTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "MeanAbsolutePercentageError";
  static constexpr std::array kFunctions = {"mean_absolute_percentage_error", "mape", "MAPE"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::mean_absolute_percentage_error(y_true, y_pred);
  }
};

}  // namespace

Loss losses::MeanAbsolutePercentageError(const LossOptions& options) {
  return make_loss<MeanAbsolutePercentageErrorTraits>(options);
}

Tensor losses::mean_absolute_percentage_error(const Tensor& given_true, const Tensor& y_pred) {
  const auto y_true = ops::cast(given_true, y_pred.dtype());
  const auto size = ops::maximum(ops::abs(y_true), backend::epsilon());
  return 100.0 * ops::reduce_mean(ops::abs((y_true - y_pred) / size), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_mean_absolute_percentage_error) {
  hornbeam::register_loss<hornbeam::MeanAbsolutePercentageErrorTraits>();
}
