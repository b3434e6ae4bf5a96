// 1 - overlap / (overlap + alpha * missed + beta * wrongly found), of all there is or along `axis`.
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/axes.h"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct TverskyTraits {
  using Options = losses::TverskyOptions;
  static constexpr const char* kClassName = "Tversky";
  static constexpr std::array kFunctions = {"tversky"};
  static constexpr auto kSince = Target::keras3;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("alpha", o.alpha);
    f("beta", o.beta);
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::tversky(y_true, y_pred, o);
  }
  static void check(const Options& o) { losses::axes_of(o.axis); }
};

}  // namespace

Loss losses::Tversky(const TverskyOptions& options) { return make_loss<TverskyTraits>(options); }

Tensor losses::tversky(const Tensor& given_true, const Tensor& y_pred, const TverskyOptions& options) {
  const auto y_true = ops::cast(given_true, y_pred.dtype());
  const auto axes = axes_of(options.axis);
  const auto overlap = ops::reduce_sum(y_true * y_pred, axes);
  const auto missed = ops::reduce_sum((1 - y_pred) * y_true, axes);
  const auto wrong = ops::reduce_sum(y_pred * (1 - y_true), axes);
  return 1 - overlap / (overlap + missed * options.alpha + wrong * options.beta + backend::epsilon());
}

}  // namespace hornbeam

HB_REGISTER(loss_tversky) { hornbeam::register_loss<hornbeam::TverskyTraits>(); }
