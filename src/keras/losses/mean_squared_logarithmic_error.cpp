// mean((log(y_pred + 1) - log(y_true + 1))^2) over the last dim; what is negative counts as epsilon.
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct MeanSquaredLogarithmicErrorTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "MeanSquaredLogarithmicError";
  static constexpr std::array kFunctions = {"mean_squared_logarithmic_error", "msle", "MSLE"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::mean_squared_logarithmic_error(y_true, y_pred);
  }
};

}  // namespace

Loss losses::MeanSquaredLogarithmicError(const LossOptions& options) {
  return make_loss<MeanSquaredLogarithmicErrorTraits>(options);
}

Tensor losses::mean_squared_logarithmic_error(const Tensor& given_true, const Tensor& y_pred) {
  const auto logarithm = [](const Tensor& x) { return ops::log(ops::maximum(x, backend::epsilon()) + 1.0); };
  const auto y_true = ops::cast(given_true, y_pred.dtype());
  return ops::reduce_mean(ops::squared_difference(logarithm(y_pred), logarithm(y_true)), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_mean_squared_logarithmic_error) {
  hornbeam::register_loss<hornbeam::MeanSquaredLogarithmicErrorTraits>();
}
