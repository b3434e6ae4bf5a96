// Softmax and LogSoftmax over the last dim.
#include <cmath>

#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/kernels/rows.h"

namespace hornbeam {
namespace {

std::vector<Shape> softmax_shape(const ShapeContext& c) {
  if (c.shape(0).has_rank() && c.shape(0).rank() < 1) {
    throw InvalidArgumentError("logits must have >= 1 dimension, got []");
  }
  return {c.shape(0)};
}

template <class T, class C>
void softmax_row(const T* x, T* y, std::int64_t n, bool log) {
  C top = static_cast<C>(x[0]);
  for (std::int64_t i = 1; i < n; ++i) top = std::max(top, static_cast<C>(x[i]));
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(std::exp(static_cast<C>(x[i]) - top));
  if (log) {
    const C shift = static_cast<C>(std::log(sum));
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(static_cast<C>(x[i]) - top - shift);
  } else {
    const C scale = static_cast<C>(1 / sum);
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(std::exp(static_cast<C>(x[i]) - top) * scale);
  }
}

template <bool kLog>
std::unique_ptr<Kernel> softmax_kernel(const KernelSpec& spec) {
  const auto& shape = spec.inputs[0].shape;
  const auto n = shape.back();
  const auto rows = n ? shape.num_elements() / n : 0;
  if (!kLog && rows > 0 && spec.inputs[0].dtype == DType::float32) {
    return make_part_kernel(40.0 * static_cast<double>(rows * n), [=](const KernelRun& io, kernels::Part part) {
      kernels::softmax_part(rows, n, io.input<float>(0), io.output<float>(0), part);
    });
  }
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "Softmax", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      if constexpr (std::is_same_v<T, float>) {
        const auto fast = kLog ? kernels::log_softmax : kernels::softmax;
        if (rows > 0) fast(rows, n, io.input<float>(0), io.output<float>(0));
        return;
      }
      for (std::int64_t r = 0; r < rows; ++r) {
        softmax_row<T, compute_t<T>>(io.input<T>(0) + r * n, io.output<T>(0) + r * n, n, kLog);
      }
    });
  });
}

Tensors softmax_gradient(const GradientContext& c) {
  const auto& y = c.output();
  const auto grad = c.grad();
  return {(grad - ops::reduce_sum(grad * y, -1, true)) * y};
}

Tensors log_softmax_gradient(const GradientContext& c) {
  const auto grad = c.grad();
  return {grad - ops::reduce_sum(grad, -1, true) * ops::exp(c.output())};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(softmax) {
  using namespace hornbeam;
  add_op(OpDef("Softmax")
             .input("logits: T")
             .output("softmax: T")
             .attr("T: type")
             .shape(softmax_shape)
             .kernel(softmax_kernel<false>)
             .elementwise()
             .gradient(softmax_gradient));
  add_op(OpDef("LogSoftmax")
             .input("logits: T")
             .output("logsoftmax: T")
             .attr("T: type")
             .shape(softmax_shape)
             .kernel(softmax_kernel<true>)
             .elementwise()
             .gradient(log_softmax_gradient));
}
