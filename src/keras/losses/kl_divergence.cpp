// sum(y_true * log(y_true / y_pred)) over the last dim, of distributions.
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct KLDivergenceTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "KLDivergence";
  static constexpr std::array kFunctions = {"kl_divergence", "kullback_leibler_divergence", "kld", "KLD"};
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::kl_divergence(y_true, y_pred);
  }
};

}  // namespace

Loss losses::KLDivergence(const LossOptions& options) { return make_loss<KLDivergenceTraits>(options); }

Tensor losses::kl_divergence(const Tensor& given_true, const Tensor& y_pred) {
  const auto clipped = [](const Tensor& x) { return ops::clip_by_value(x, backend::epsilon(), 1.0); };
  const auto truth = clipped(ops::cast(given_true, y_pred.dtype()));
  return ops::reduce_sum(truth * ops::log(truth / clipped(y_pred)), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_kl_divergence) { hornbeam::register_loss<hornbeam::KLDivergenceTraits>(); }
