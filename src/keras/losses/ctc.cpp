// Connectionist temporal classification: label sequences of unknown places in time.
#include "hornbeam/operators.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/loss_class.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

struct CtcTraits {
  using Options = losses::LossOptions;
  static constexpr const char* kClassName = "CTC";
  static constexpr std::array kFunctions = {"ctc"};
  static constexpr auto kSince = Target::keras3;
  template <class O, class F>
  static void fields(O&, F&&) {}
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options&) {
    return losses::ctc(y_true, y_pred);
  }
};

void check_ctc_shapes(const Shape& y_true, const Shape& y_pred) {
  if (!y_true.has_rank() || y_true.rank() != 2) {
    throw ValueError(
        "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in integer format. Received: "
        "y_true.shape=" +
        y_true.to_string());
  }
  if (!y_pred.has_rank() || y_pred.rank() != 3) {
    throw ValueError(
        "Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, num_classes)`. Received: "
        "y_pred.shape=" +
        y_pred.to_string());
  }
  if (y_pred[2] == None) throw ValueError("ctc needs a known number of classes");
}

// Where each element of a matrix stands: [rows * columns, 2].
Tensor places_of(const Tensor& x) {
  const auto ones = ops::cast(ops::ones_like(x), DType::int64);
  const auto row = ops::cumsum(ones, 0) - 1, column = ops::cumsum(ones, 1) - 1;
  return ops::reshape(ops::stack({row, column}, -1), Shape{None, 2});
}

}  // namespace

Loss losses::CTC(const LossOptions& options) { return make_loss<CtcTraits>(options); }

Tensor losses::ctc(const Tensor& y_true, const Tensor& y_pred) {
  check_ctc_shapes(y_true.shape(), y_pred.shape());
  const auto classes = y_pred.shape()[2];
  const auto given = ops::cast(y_true, DType::int32);
  // The op's blank is the last class, Keras's the first.
  const auto is_label = ops::not_equal(given, 0);
  const auto labels = ops::where(is_label, given - 1, ops::ones_like(given) * (classes - 1));
  const bool wide = y_pred.dtype() == DType::float64 || y_pred.dtype() == DType::float32;
  const auto logits = ops::transpose(wide ? y_pred : ops::cast(y_pred, DType::float32), {1, 0, 2});
  const auto turned = ops::concat(
      {ops::getitem(logits, {Ellipsis{}, Slice{.start = 1}}), ops::getitem(logits, {Ellipsis{}, Slice{.stop = 1}})},
      -1);
  const auto time = ops::getitem(ops::shape(turned), {0});
  const auto lengths = ops::zeros_like(ops::reduce_sum(given, -1)) + time;
  Attrs attrs;
  attrs.set("ignore_longer_outputs_than_inputs", true);
  const auto loss =
      call_op("CTCLoss", {turned, places_of(given), ops::reshape(labels, Shape{None}), lengths}, attrs).at(0);
  // What does not fit into the time has (almost) no probability: what Keras takes for the logarithm of 0.
  constexpr double kLogOfNothing = 706.893623549172;
  const auto repeated = ops::logical_and(
      ops::equal(ops::getitem(given, {Slice{}, Slice{.start = 1}}), ops::getitem(given, {Slice{}, Slice{.stop = -1}})),
      ops::getitem(is_label, {Slice{}, Slice{.start = 1}}));
  const auto count = [](const Tensor& x) { return ops::reduce_sum(ops::cast(x, DType::int32), -1); };
  const auto fits = ops::less_equal(count(is_label) + count(repeated), lengths);
  return ops::where(fits, loss, ops::zeros_like(loss) + kLogOfNothing);
}

}  // namespace hornbeam

HB_REGISTER(loss_ctc) { hornbeam::register_loss<hornbeam::CtcTraits>(); }
