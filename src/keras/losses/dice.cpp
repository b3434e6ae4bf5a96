// 1 - 2 * overlap / (sizes of labels and predictions), of all there is or along `axis`.
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/axes.h"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct DiceTraits {
  using Options = losses::DiceOptions;
  static constexpr const char* kClassName = "Dice";
  static constexpr std::array kFunctions = {"dice"};
  static constexpr auto kSince = Target::keras3;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::dice(y_true, y_pred, o.axis);
  }
  static void check(const Options& o) { losses::axes_of(o.axis); }
};

}  // namespace

Loss losses::Dice(const DiceOptions& options) { return make_loss<DiceTraits>(options); }

Tensor losses::dice(const Tensor& given_true, const Tensor& y_pred, const Config& axis) {
  const auto y_true = ops::cast(given_true, y_pred.dtype());
  const auto axes = axes_of(axis);
  const auto overlap = ops::reduce_sum(y_true * y_pred, axes);
  const auto sizes = ops::reduce_sum(y_true, axes) + ops::reduce_sum(y_pred, axes);
  return 1 - 2.0 * overlap / (sizes + backend::epsilon());
}

}  // namespace hornbeam

HB_REGISTER(loss_dice) { hornbeam::register_loss<hornbeam::DiceTraits>(); }
