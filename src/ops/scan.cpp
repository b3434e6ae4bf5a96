// Cumsum, Cumprod and CumulativeLogsumexp along one axis; `exclusive` leaves out the element itself, `reverse` starts
// at the end.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/integer_math.h"

namespace hornbeam {
namespace {

struct SumStep {
  template <class C>
  static C start() {
    return C(0);
  }
  template <class C>
  static C apply(C acc, C x) {
    return wrap_add(acc, x);
  }
};
struct ProductStep {
  template <class C>
  static C start() {
    return C(1);
  }
  template <class C>
  static C apply(C acc, C x) {
    return wrap_mul(acc, x);
  }
};

// log(exp(a) + exp(b)) without overflow; of nothing, -infinity.
struct LogSumExpStep {
  template <class C>
  static C start() {
    return -std::numeric_limits<C>::infinity();
  }
  template <class C>
  static C apply(C acc, C x) {
    const C top = std::max(acc, x), rest = std::min(acc, x);
    if (std::isinf(top)) return top;
    return top + std::log1p(std::exp(rest - top));
  }
};

std::size_t scan_axis(const std::vector<std::int64_t>& axis, std::size_t rank) {
  if (axis.size() != 1) throw InvalidArgumentError("ScanOp: axis must be a scalar");
  const auto n = static_cast<std::int64_t>(rank);
  if (axis[0] < -n || axis[0] >= n) {
    throw InvalidArgumentError("ScanOp: Expected scan axis in the range [" + std::to_string(-n) + ", " +
                               std::to_string(n) + "), but got " + std::to_string(axis[0]));
  }
  return static_cast<std::size_t>(axis[0] < 0 ? axis[0] + n : axis[0]);
}

std::vector<Shape> scan_shape(const ShapeContext& c) {
  const auto axis = c.ints(1);
  if (axis && c.shape(0).has_rank()) scan_axis(*axis, c.shape(0).rank());
  return {c.shape(0)};
}

template <class Step, class List>
std::unique_ptr<Kernel> scan_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto at = scan_axis(spec.ints(1), in.rank());
  const bool exclusive = spec.attrs.b("exclusive"), reverse = spec.attrs.b("reverse");
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < at; ++i) outer *= in[i];
  for (std::size_t i = at + 1; i < in.rank(); ++i) inner *= in[i];
  const auto n = in[at];
  return dispatch<List>(spec.inputs[0].dtype, "ScanOp", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      using C = compute_t<T>;
      for (std::int64_t o = 0; o < outer; ++o) {
        for (std::int64_t i = 0; i < inner; ++i) {
          const auto base = o * n * inner + i;
          const T* x = io.input<T>(0) + base;
          T* y = io.output<T>(0) + base;
          C acc = Step::template start<C>();
          for (std::int64_t s = 0; s < n; ++s) {
            const auto j = (reverse ? n - 1 - s : s) * inner;
            const C next = Step::apply(acc, static_cast<C>(x[j]));
            y[j] = static_cast<T>(exclusive ? acc : next);
            acc = next;
          }
        }
      }
    });
  });
}

// The same scan from the other end.
Attrs turned(const Attrs& attrs) { return {{"exclusive", attrs.b("exclusive")}, {"reverse", !attrs.b("reverse")}}; }

Tensors cumsum_gradient(const GradientContext& c) {
  return {call_op1("Cumsum", {c.grad(), c.input(1)}, turned(c.attrs())), {}};
}

Tensors cumprod_gradient(const GradientContext& c) {
  const auto& x = c.input(0);
  const auto products = call_op1("Cumprod", {x, c.input(1)}, pick(c.attrs(), {"exclusive", "reverse"}));
  const auto sums = call_op1("Cumsum", {products * c.grad(), c.input(1)}, turned(c.attrs()));
  return {ops::divide_no_nan(sums, x), {}};
}

// In logarithms, the gradient's positive and negative parts apart, so that nothing overflows.
Tensors cumulative_logsumexp_gradient(const GradientContext& c) {
  const auto& x = c.input(0);
  const auto grad = c.grad();
  const auto lowest = ops::scalar(grad.dtype(), grad.dtype() == DType::float64 ? std::numeric_limits<double>::lowest()
                                                : grad.dtype() == DType::float16
                                                    ? -65504.0
                                                    : static_cast<double>(std::numeric_limits<float>::lowest()));
  const auto part = [&](const Tensor& g) {
    const auto log = ops::where(ops::greater(g, 0), ops::log(g), lowest);
    const auto scanned = call_op1("CumulativeLogsumexp", {log - c.output(), c.input(1)}, turned(c.attrs()));
    return ops::exp(scanned + x);
  };
  return {part(grad) - part(-grad), {}};
}

template <class Step, class List = NumberTypes>
OpDef scan_op(const char* name, GradientFn gradient) {
  return OpDef(name)
      .input("x: T")
      .input("axis: Tidx")
      .output("out: T")
      .attr("exclusive: bool = false")
      .attr("reverse: bool = false")
      .attr("T: type")
      .attr("Tidx: type = int32")
      .shape(scan_shape)
      .kernel(scan_kernel<Step, List>)
      .gradient(gradient);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(scan) {
  using namespace hornbeam;
  add_op(scan_op<SumStep>("Cumsum", cumsum_gradient));
  add_op(scan_op<ProductStep>("Cumprod", cumprod_gradient));
  add_op(scan_op<LogSumExpStep, FloatTypes>("CumulativeLogsumexp", cumulative_logsumexp_gradient));
}
