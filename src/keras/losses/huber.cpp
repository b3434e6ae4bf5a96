// Squared where errors are small, linear beyond `delta`; the mean over the last dim.
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct HuberTraits {
  using Options = losses::HuberOptions;
  static constexpr const char* kClassName = "Huber";
  static constexpr std::array kFunctions = {"huber", "huber_loss"};
  static constexpr const char* kName = "huber_loss";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("delta", o.delta);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::huber(y_true, y_pred, o.delta);
  }
  // Keras 3 takes the argument and leaves it out of its configs; only another value than the default is written there.
  static void adjust(Config& config, Target target) {
    if (target == Target::keras3 && config.at("delta").as_double() == 1.0) config.erase("delta");
  }
};

}  // namespace

Loss losses::Huber(const HuberOptions& options) { return make_loss<HuberTraits>(options); }

Tensor losses::huber(const Tensor& given_true, const Tensor& given_pred, double delta) {
  const bool casts = current_target() != Target::keras3;
  const auto y_pred = casts ? ops::cast(given_pred, dtype_from_name(backend::floatx())) : given_pred;
  const auto error = y_pred - ops::cast(given_true, y_pred.dtype());
  const auto size = ops::abs(error);
  if (current_target() == Target::tf22) {
    const auto quadratic = ops::minimum(size, delta);
    return ops::reduce_mean(0.5 * (quadratic * quadratic) + delta * (size - quadratic), -1);
  }
  const auto linear = delta * size - 0.5 * (delta * delta);
  return ops::reduce_mean(ops::where(ops::less_equal(size, delta), 0.5 * ops::square(error), linear), -1);
}

}  // namespace hornbeam

HB_REGISTER(loss_huber) { hornbeam::register_loss<hornbeam::HuberTraits>(); }
