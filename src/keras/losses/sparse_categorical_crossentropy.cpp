// Cross-entropy of class probabilities and class numbers.
#include <algorithm>
#include <numeric>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "keras/losses/crossentropy.h"
#include "keras/losses/logits.h"
#include "keras/losses/loss_class.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

struct SparseCategoricalCrossentropyTraits {
  using Options = losses::SparseCategoricalCrossentropyOptions;
  static constexpr const char* kClassName = "SparseCategoricalCrossentropy";
  static constexpr std::array kFunctions = {"sparse_categorical_crossentropy"};
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("from_logits", o.from_logits);
    f("ignore_class", o.ignore_class);
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::sparse_categorical_crossentropy(y_true, y_pred, o);
  }
  // Keras 3 takes an axis, and tells it in no config; the class of tf.keras takes none.
  static void adjust(Config& config, Target target) {
    if (target == Target::tf22) drop_for_2_2(config, kClassName, "ignore_class", nullptr);
    if (config.at("axis") != Config(-1)) {
      throw ValueError("No config of Keras has SparseCategoricalCrossentropy with axis = " + config.at("axis").dump() +
                       ": the model cannot be saved with this loss. Permute its outputs, so that classes come last.");
    }
    config.erase("axis");
  }
  static Tensor valid_mask(const Tensor& y_true, const Tensor& y_pred, const Options& o);
};

// The classes of axis `axis` as the last dim.
Tensor classes_last(const Tensor& y_pred, std::int64_t given) {
  const auto rank = static_cast<std::int64_t>(y_pred.rank());
  const auto axis = given < 0 ? given + rank : given;
  if (axis == rank - 1) return y_pred;
  if (current_target() == Target::keras3) {
    throw ValueError("Only axis=-1 is currently supported. Received: axis=" + std::to_string(given));
  }
  if (axis < 0 || axis >= rank) {
    throw ValueError("sparse_categorical_crossentropy: axis " + std::to_string(given) +
                     " is out of range for predictions of shape " + y_pred.shape().to_string());
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + axis, order.begin() + axis + 1, order.end());
  return ops::transpose(y_pred, order);
}

// Class numbers, one per row of the predictions and of their leading shape.
Tensor labels_of(const Tensor& y_true, const Tensor& y_pred) {
  const auto labels = ops::cast(y_true, DType::int64);
  const auto classes = static_cast<std::int64_t>(y_pred.rank()) - 1;
  if (y_true.rank() == y_pred.rank() - 1) return labels;
  // Classes one-hot, or of several outputs: as many rows, more than one number in each.
  const auto &given = y_true.shape(), &wanted = y_pred.shape();
  if (given.has_rank() && given.rank() == wanted.rank() && given.back() > 1 &&
      std::equal(given.dims().begin(), given.dims().end() - 1, wanted.dims().begin())) {
    if (current_target() == Target::keras3) {
      throw ValueError("Argument `output` must have rank (ndim) `target.ndim - 1`. Received: target.shape=" +
                       given.to_string() + ", output.shape=" + wanted.to_string());
    }
    // Keras 2 makes one row of them, which the op refuses.
    const auto flat = ops::reshape(labels, Shape{None});
    if (flat.shape().is_fully_known() && wanted.is_fully_known()) {
      throw ValueError("Shape mismatch: The shape of labels (received " + flat.shape().to_string() +
                       ") should equal the shape of logits except for the last dimension (received " +
                       wanted.to_string() + ").");
    }
    return flat;
  }
  return ops::reshape(labels, ops::slice(shape_of(y_pred), {0}, {classes}));
}

Tensor SparseCategoricalCrossentropyTraits::valid_mask(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
  if (!o.ignore_class) return {};
  return ops::not_equal(labels_of(y_true, classes_last(y_pred, o.axis)), *o.ignore_class);
}

// [..., classes] logits and [...] labels.
Tensor of_logits(const Tensor& labels, const Tensor& logits) {
  if (logits.rank() == 2) return ops::sparse_softmax_cross_entropy_with_logits(labels, logits);
  const auto classes = logits.shape().back();
  if (classes == None) throw ValueError("sparse_categorical_crossentropy needs a known number of classes");
  const auto rows = ops::sparse_softmax_cross_entropy_with_logits(ops::reshape(labels, Shape{None}),
                                                                  ops::reshape(logits, Shape{None, classes}));
  return reshape_like(rows, labels);
}

}  // namespace

Loss losses::SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options) {
  return make_loss<SparseCategoricalCrossentropyTraits>(options);
}

Tensor losses::sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                               const SparseCategoricalCrossentropyOptions& options) {
  if (!y_pred.shape().has_rank() || y_pred.rank() < 1) {
    throw ValueError("Argument `output` must be at least rank 1. Received: output.shape=" + y_pred.shape().to_string());
  }
  const auto target = current_target();
  auto labels = labels_of(y_true, classes_last(y_pred, options.axis));
  const auto valid = SparseCategoricalCrossentropyTraits::valid_mask(y_true, y_pred, options);
  // Keras 3 overwrites the predictions of what it ignores and so loses sight of the softmax behind them.
  const bool look_behind =
      !(options.from_logits && target == Target::tf22) && !(target == Target::keras3 && valid.defined());
  const auto behind = look_behind ? logits_behind(y_pred, "Softmax", target) : std::nullopt;
  auto logits = classes_last(behind                ? *behind
                             : options.from_logits ? y_pred
                                                   : ops::log(clip_probabilities(y_pred)),
                             options.axis);
  if (!valid.defined()) return of_logits(labels, logits);
  labels = ops::where(valid, labels, ops::zeros_like(labels));
  logits = ops::where(ops::expand_dims(valid, -1), logits, ops::zeros_like(logits));
  const auto values = of_logits(labels, logits);
  return ops::where(valid, values, ops::zeros_like(values));
}

}  // namespace hornbeam

HB_REGISTER(loss_sparse_categorical_crossentropy) {
  hornbeam::register_loss<hornbeam::SparseCategoricalCrossentropyTraits>();
}
