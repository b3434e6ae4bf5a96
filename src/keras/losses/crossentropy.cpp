#include "keras/losses/crossentropy.h"

#include <numeric>

#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "ops/gradient.h"

namespace hornbeam::losses {
namespace {

// The order of dims that brings `axis` to the end.
std::vector<std::int64_t> axis_last(std::size_t rank, std::int64_t axis) {
  std::vector<std::int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  order.erase(order.begin() + axis);
  order.push_back(axis);
  return order;
}

}  // namespace

void check_target_and_output(const Tensor& target, const Tensor& output) {
  if (current_target() != Target::keras3 || !target.shape().has_rank() || !output.shape().has_rank()) return;
  const auto refuse = [&](const char* what) {
    throw ValueError(std::string("Arguments `target` and `output` must have the same ") + what +
                     ". Received: target.shape=" + target.shape().to_string() +
                     ", output.shape=" + output.shape().to_string());
  };
  if (target.rank() != output.rank()) refuse("rank (ndim)");
  if (!target.shape().is_compatible_with(output.shape())) refuse("shape");
}

void check_classes(const Tensor& y_true, const Tensor& y_pred) {
  if (y_true.shape().is_compatible_with(y_pred.shape())) return;
  throw ValueError("Shapes " + y_true.shape().to_string() + " and " + y_pred.shape().to_string() + " are incompatible");
}

Tensor sigmoid_crossentropy(const Tensor& labels, const Tensor& logits) {
  if (!labels.shape().is_compatible_with(logits.shape())) {
    throw ValueError("logits and labels must have the same shape (" + logits.shape().to_string() + " vs " +
                     labels.shape().to_string() + ")");
  }
  // max(x, 0) - x * z + log(1 + exp(-|x|)); written so that the gradient at 0 is right.
  const auto zeros = ops::zeros_like(logits);
  const auto positive = ops::greater_equal(logits, zeros);
  const auto relu = ops::where(positive, logits, zeros);
  const auto minus_abs = ops::where(positive, -logits, logits);
  return relu - logits * labels + ops::log1p(ops::exp(minus_abs));
}

Tensor softmax_crossentropy(const Tensor& given_labels, const Tensor& given_logits, std::int64_t axis) {
  auto labels = given_labels, logits = given_logits;
  const auto rank = static_cast<std::int64_t>(logits.rank());
  if (axis < -rank || axis >= rank) {
    throw ValueError("softmax_cross_entropy: axis " + std::to_string(axis) + " is out of range for logits of shape " +
                     logits.shape().to_string());
  }
  if (axis < 0) axis += rank;
  if (axis != rank - 1) {
    const auto order = axis_last(logits.rank(), axis);
    labels = ops::transpose(labels, order);
    logits = ops::transpose(logits, order);
  }
  if (rank == 2) return ops::softmax_cross_entropy_with_logits(labels, logits);
  const auto classes = logits.shape().back();
  if (classes == None) throw ValueError("softmax_cross_entropy needs a known number of classes");
  const auto rows = ops::softmax_cross_entropy_with_logits(ops::reshape(labels, Shape{None, classes}),
                                                           ops::reshape(logits, Shape{None, classes}));
  const auto shape = shape_of(logits);
  return ops::reshape(rows, ops::slice(shape, {0}, {rank - 1}));
}

Tensor smooth_binary(const Tensor& labels, double smoothing) {
  return smoothing == 0 ? labels : labels * (1.0 - smoothing) + 0.5 * smoothing;
}

Tensor smooth_classes(const Tensor& labels, double smoothing, std::int64_t axis) {
  if (smoothing == 0) return labels;
  const auto classes = labels.shape().dim(axis);
  if (classes == None) throw ValueError("label_smoothing needs a known number of classes");
  return labels * (1.0 - smoothing) + smoothing / static_cast<double>(classes);
}

Tensor clip_probabilities(const Tensor& p) {
  return ops::clip_by_value(p, backend::epsilon(), 1.0 - backend::epsilon());
}

}  // namespace hornbeam::losses
