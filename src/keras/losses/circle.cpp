// Circle loss of embeddings (of length 1) and class numbers: each row against all others.
#include <limits>

#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct CircleTraits {
  using Options = losses::CircleOptions;
  static constexpr const char* kClassName = "Circle";
  static constexpr std::array kFunctions = {"circle"};
  static constexpr auto kSince = Target::keras3;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("gamma", o.gamma);
    f("margin", o.margin);
    f("remove_diagonal", o.remove_diagonal);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::circle(y_true, y_pred, o);
  }
  // A row without another of its class counts for nothing.
  static Tensor valid_mask(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return ops::greater(losses::circle(y_true, y_pred, o), 0.0);
  }
};

// log(sum(exp(x))) over each row's chosen ones.
Tensor sum_of_chosen(const Tensor& chosen, const Tensor& x) {
  const auto nothing = ops::scalar(x.dtype(), -std::numeric_limits<double>::infinity());
  return ops::reduce_logsumexp(ops::where(chosen, x, nothing), 1);
}

}  // namespace

Loss losses::Circle(const CircleOptions& options) { return make_loss<CircleTraits>(options); }

Tensor losses::circle(const Tensor& y_true, const Tensor& y_pred, const CircleOptions& options) {
  const auto labels = ops::reshape(ops::cast(y_true, DType::int32), Shape{None, 1});
  auto alike = ops::equal(labels, ops::transpose(labels));
  const auto different = ops::logical_not(alike);
  if (options.remove_diagonal) {
    const auto numbers = ops::cumsum(ops::ones_like(labels), 0);
    alike = ops::logical_and(alike, ops::not_equal(numbers, ops::transpose(numbers)));
  }
  const auto distances = ops::maximum(1 - ops::matmul(y_pred, y_pred, false, /*transpose_b=*/true), 0.0);
  const auto numbers_of = [&](const Tensor& mask) { return ops::cast(mask, distances.dtype()); };
  const auto positive = ops::maximum((options.margin + distances) * numbers_of(alike), 0.0);
  const auto negative = ops::maximum((1 + options.margin - distances) * numbers_of(different), 0.0);
  const auto of_positive = -options.gamma * positive * (options.margin - distances);
  const auto of_negative = options.gamma * negative * (1 - options.margin - distances);
  return ops::softplus(sum_of_chosen(alike, of_positive) + sum_of_chosen(different, of_negative));
}

}  // namespace hornbeam

HB_REGISTER(loss_circle) { hornbeam::register_loss<hornbeam::CircleTraits>(); }
