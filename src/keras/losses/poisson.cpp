// mean(y_pred - y_true * log(y_pred)) over the last dim.
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct PoissonTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "Poisson";
  static constexpr std::array kFunctions = {"poisson"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::poisson(y_true, y_pred);
  }
};

}  // namespace

Loss losses::Poisson(const LossOptions& options) { return make_loss<PoissonTraits>(options); }

Tensor losses::poisson(const Tensor& given_true, const Tensor& y_pred) {
  const auto y_true = ops::cast(given_true, y_pred.dtype());
  return ops::reduce_mean(y_pred - y_true * ops::log(y_pred + backend::epsilon()), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_poisson) { hornbeam::register_loss<hornbeam::PoissonTraits>(); }
