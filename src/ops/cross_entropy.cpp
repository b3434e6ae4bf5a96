// SoftmaxCrossEntropyWithLogits and SparseSoftmaxCrossEntropyWithLogits: loss per row, and its gradient for the logits.
#include <cmath>
#include <limits>
#include <span>

#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

void check_matrix(const Shape& s, const char* what) {
  if (s.has_rank() && s.rank() != 2) {
    throw InvalidArgumentError(std::string(what) + " must be 2-dimensional, but got shape " + bracketed(s));
  }
}

std::vector<Shape> dense_shape(const ShapeContext& c) {
  const Shape out = broadcast_shapes(c.shape(0), c.shape(1));
  check_matrix(out, "logits and labels");
  if (!out.has_rank()) return {Shape{None}, Shape{None, None}};
  return {Shape{out[0]}, out};
}

std::vector<Shape> sparse_shape(const ShapeContext& c) {
  const auto &logits = c.shape(0), &labels = c.shape(1);
  if (logits.has_rank() && logits.rank() != 2) {
    throw InvalidArgumentError("logits must be 2-D, but got shape " + bracketed(logits));
  }
  if (labels.has_rank() && labels.rank() != 1) {
    throw InvalidArgumentError("labels must be 1-D, but got shape " + bracketed(labels));
  }
  const auto rows = logits.has_rank() ? logits[0] : None;
  const auto n = labels.has_rank() ? labels[0] : None;
  if (rows >= 0 && n >= 0 && rows != n) {
    throw InvalidArgumentError("logits and labels must have the same first dimension, got logits shape " +
                               bracketed(logits) + " and labels shape " + bracketed(labels));
  }
  if (logits.has_rank() && logits[1] == 0) {
    throw InvalidArgumentError("Must have at least one class, but got logits shape " + bracketed(logits));
  }
  const auto known = rows >= 0 ? rows : n;
  return {Shape{known}, Shape{known, logits.has_rank() ? logits[1] : None}};
}

// Shifted logits of one row, in the kernel's scratch memory, and the logarithm of the sum of their exponentials.
template <class C>
struct Row {
  Row(std::byte* scratch, std::int64_t n) : shifted(reinterpret_cast<C*>(scratch), static_cast<std::size_t>(n)) {}
  static std::size_t scratch_bytes(std::int64_t n) { return static_cast<std::size_t>(n) * sizeof(C); }

  std::span<C> shifted;
  C log_sum = 0;

  template <class At>
  void load(At&& at) {
    const auto n = static_cast<std::int64_t>(shifted.size());
    C top = -std::numeric_limits<C>::infinity();
    for (std::int64_t j = 0; j < n; ++j) {
      shifted[static_cast<std::size_t>(j)] = at(j);
      top = std::max(top, at(j));
    }
    double sum = 0;
    for (auto& v : shifted) {
      v -= top;
      sum += static_cast<double>(std::exp(v));
    }
    log_sum = static_cast<C>(std::log(sum));
  }
  C probability(std::int64_t j) const { return std::exp(shifted[static_cast<std::size_t>(j)] - log_sum); }
};

std::unique_ptr<Kernel> dense_kernel(const KernelSpec& spec) {
  const auto& out = spec.outputs[1].shape;
  const auto rows = out[0], classes = out[1];
  const auto strides = [&](const Shape& s) {
    const auto r = s.rank();
    return std::pair<std::int64_t, std::int64_t>{r < 2 || s[0] == 1 ? 0 : s[1], r < 1 || s[r - 1] == 1 ? 0 : 1};
  };
  const auto [x_row, x_step] = strides(spec.inputs[0].shape);
  const auto [y_row, y_step] = strides(spec.inputs[1].shape);
  return dispatch<FloatTypes>(
      spec.inputs[0].dtype, "SoftmaxCrossEntropyWithLogits",
      [&, xr = x_row, xs = x_step, yr = y_row, ys = y_step]<class T>() -> std::unique_ptr<Kernel> {
        return make_kernel(
            [=](const KernelRun& io) {
              using C = compute_t<T>;
              Row<C> row(io.scratch, classes);
              for (std::int64_t i = 0; i < rows; ++i) {
                const T *x = io.input<T>(0) + i * xr, *y = io.input<T>(1) + i * yr;
                row.load([&](std::int64_t j) { return static_cast<C>(x[j * xs]); });
                double loss = 0;
                for (std::int64_t j = 0; j < classes; ++j) {
                  const C label = static_cast<C>(y[j * ys]);
                  const C term = label == C{} ? C{} : label * (row.log_sum - row.shifted[static_cast<std::size_t>(j)]);
                  loss += static_cast<double>(term);
                  io.output<T>(1)[i * classes + j] = static_cast<T>(row.probability(j) - label);
                }
                io.output<T>(0)[i] = static_cast<T>(static_cast<C>(loss));
              }
            },
            Row<compute_t<T>>::scratch_bytes(classes));
      });
}

// A label out of range gives NaN, for its row alone, in TensorFlow's compiled loops; its checks come first.
template <class I>
void check_labels(const I* labels, std::int64_t rows, std::int64_t classes) {
  for (std::int64_t i = 0; i < rows; ++i) {
    if (labels[i] < 0 || static_cast<std::int64_t>(labels[i]) >= classes) {
      std::string all;
      for (std::int64_t j = 0; j < rows && j < 32; ++j) all += (j ? " " : "") + std::to_string(labels[j]);
      throw InvalidArgumentError("Received a label value of " + std::to_string(labels[i]) +
                                 " which is outside the valid range of [0, " + std::to_string(classes) +
                                 ").  Label values: " + all);
    }
  }
}

std::unique_ptr<Kernel> sparse_kernel(const KernelSpec& spec) {
  const auto rows = spec.outputs[1].shape[0], classes = spec.outputs[1].shape[1];
  constexpr const char* kOp = "SparseSoftmaxCrossEntropyWithLogits";
  return dispatch<FloatTypes>(spec.inputs[0].dtype, kOp, [&]<class T>() -> std::unique_ptr<Kernel> {
    return dispatch<Types<std::int32_t, std::int64_t>>(
        spec.inputs[1].dtype, kOp, [&]<class I>() -> std::unique_ptr<Kernel> {
          return make_kernel(
              [=](const KernelRun& io) {
                using C = compute_t<T>;
                const I* labels = io.input<I>(1);
                check_labels(labels, rows, classes);
                Row<C> row(io.scratch, classes);
                for (std::int64_t i = 0; i < rows; ++i) {
                  const T* x = io.input<T>(0) + i * classes;
                  row.load([&](std::int64_t j) { return static_cast<C>(x[j]); });
                  io.output<T>(0)[i] = static_cast<T>(row.log_sum - row.shifted[static_cast<std::size_t>(labels[i])]);
                  for (std::int64_t j = 0; j < classes; ++j) {
                    const C one = static_cast<std::int64_t>(labels[i]) == j ? C(1) : C(0);
                    io.output<T>(1)[i * classes + j] = static_cast<T>(row.probability(j) - one);
                  }
                }
              },
              Row<compute_t<T>>::scratch_bytes(classes));
        });
  });
}

// Of a loss per row, and of the backprop that a first differentiation used: softmax's own derivative.
Tensor by_logits(const GradientContext& c) {
  const auto& logits = c.input(0);
  auto result = ops::expand_dims(c.grad(0), -1) * c.output(1);
  if (!c.has_grad(1)) return result;
  const auto softmax = call_op1("Softmax", {logits});
  const auto grad = c.grad(1);
  return result + (grad - ops::reduce_sum(grad * softmax, -1, true)) * softmax;
}

Tensors dense_gradient(const GradientContext& c) {
  const auto &logits = c.input(0), &labels = c.input(1);
  const auto by_labels = [&] {
    const auto each = ops::expand_dims(c.grad(0), -1) * -call_op1("LogSoftmax", {logits});
    return BroadcastSums::sum(c.has_grad(1) ? each - c.grad(1) : each, labels, c.output(1));
  };
  return {c.if_wanted(0, [&] { return BroadcastSums::sum(by_logits(c), logits, c.output(1)); }),
          c.if_wanted(1, by_labels)};
}

Tensors sparse_gradient(const GradientContext& c) { return {by_logits(c), {}}; }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(cross_entropy) {
  using namespace hornbeam;
  add_op(OpDef("SoftmaxCrossEntropyWithLogits")
             .input("features: T")
             .input("labels: T")
             .output("loss: T")
             .output("backprop: T")
             .attr("T: type")
             .shape(dense_shape)
             .kernel(dense_kernel)
             .gradient(dense_gradient));
  add_op(OpDef("SparseSoftmaxCrossEntropyWithLogits")
             .input("features: T")
             .input("labels: Tlabels")
             .output("loss: T")
             .output("backprop: T")
             .attr("T: type")
             .attr("Tlabels: type = int64")
             .shape(sparse_shape)
             .kernel(sparse_kernel)
             .gradient(sparse_gradient));
}
