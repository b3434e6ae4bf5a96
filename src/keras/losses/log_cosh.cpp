// mean(log(cosh(y_pred - y_true))) over the last dim.
#include <numbers>

#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct LogCoshTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "LogCosh";
  static constexpr std::array kFunctions = {"log_cosh", "logcosh"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::log_cosh(y_true, y_pred);
  }
};

}  // namespace

Loss losses::LogCosh(const LossOptions& options) { return make_loss<LogCoshTraits>(options); }

Tensor losses::log_cosh(const Tensor& given_true, const Tensor& y_pred) {
  const auto x = y_pred - ops::cast(given_true, y_pred.dtype());
  return ops::reduce_mean(x + ops::softplus(x * -2.0) - ops::scalar(x.dtype(), std::numbers::ln2), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_log_cosh) { hornbeam::register_loss<hornbeam::LogCoshTraits>(); }
