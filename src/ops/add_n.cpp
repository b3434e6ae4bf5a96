// AddN: the sum of tensors of one shape. ClipByValue.
#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/integer_math.h"
#include "ops/op_def.h"
#include "ops/tensor_list.h"

namespace hornbeam {
namespace {

std::vector<Shape> add_n_shape(const ShapeContext& c) {
  if (c.num_inputs() == 0) throw InvalidArgumentError("AddN needs at least one input");
  Shape out = c.shape(0);
  for (std::size_t i = 1; i < c.num_inputs(); ++i) {
    const auto& s = c.shape(i);
    if (!out.is_compatible_with(s)) {
      throw InvalidArgumentError("Inputs to operation AddN must have the same size and shape.  Input 0: " +
                                 bracketed(c.shape(0)) + " != input " + std::to_string(i) + ": " + bracketed(s));
    }
    if (!out.has_rank()) out = s;
    for (std::size_t d = 0; s.has_rank() && d < out.rank(); ++d) {
      if (out[d] < 0) out[d] = s[d];
    }
  }
  return {out};
}

ListFacts add_n_facts(const ShapeContext& c) {
  auto facts = list_input(c, 0);
  for (std::size_t i = 1; i < c.num_inputs(); ++i) facts = joined(facts, list_input(c, i));
  return facts;
}

std::unique_ptr<Kernel> add_n_kernel(const KernelSpec& spec) {
  if (spec.inputs[0].dtype == DType::variant) return add_lists_kernel(spec);
  auto n = spec.elements(0);
  const auto count = spec.inputs.size();
  auto dtype = spec.inputs[0].dtype;
  // Complex numbers are added part by part.
  if (dtype == DType::complex64 || dtype == DType::complex128) {
    dtype = dtype == DType::complex64 ? DType::float32 : DType::float64;
    n *= 2;
  }
  return dispatch<NumberTypes>(dtype, "AddN", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n, count](const KernelRun& io) {
      using C = compute_t<T>;
      T* y = io.output<T>(0);
      for (std::int64_t i = 0; i < n; ++i) {
        C sum = static_cast<C>(io.input<T>(0)[i]);
        for (std::size_t k = 1; k < count; ++k) sum = wrap_add(sum, static_cast<C>(io.input<T>(k)[i]));
        y[i] = static_cast<T>(sum);
      }
    });
  });
}

std::vector<Shape> clip_shape(const ShapeContext& c) {
  for (std::size_t i = 1; i < 3; ++i) {
    const auto& s = c.shape(i);
    if (s.has_rank() && s.rank() != 0 && !s.is_compatible_with(c.shape(0))) {
      throw InvalidArgumentError(
          "clip_value_min and clip_value_max must be either of the same shape as input, or a "
          "scalar. input shape: " +
          bracketed(c.shape(0)) + " clip value shape: " + bracketed(s));
    }
  }
  return {c.shape(0)};
}

std::unique_ptr<Kernel> clip_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  const std::int64_t low_step = spec.inputs[1].shape.rank() ? 1 : 0, high_step = spec.inputs[2].shape.rank() ? 1 : 0;
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "ClipByValue", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      using C = compute_t<T>;
      const T *x = io.input<T>(0), *low = io.input<T>(1), *high = io.input<T>(2);
      T* y = io.output<T>(0);
      for (std::int64_t i = 0; i < n; ++i) {
        const C v = static_cast<C>(x[i]), a = static_cast<C>(low[i * low_step]),
                b = static_cast<C>(high[i * high_step]);
        const C top = v > b ? b : v;
        y[i] = static_cast<T>(top < a ? a : top);
      }
    });
  });
}

Tensors clip_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &low = c.input(1), &high = c.input(2);
  const auto grad = c.grad(), zero = ops::scalar(grad.dtype(), 0.0);
  const auto below = ops::less(x, low), above = ops::greater(x, high);
  return {c.if_wanted(0, [&] { return ops::where(ops::logical_or(below, above), zero, grad); }),
          c.if_wanted(1, [&] { return BroadcastSums::sum(ops::where(below, grad, zero), low, x); }),
          c.if_wanted(2, [&] { return BroadcastSums::sum(ops::where(above, grad, zero), high, x); })};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(add_n) {
  using namespace hornbeam;
  add_op(OpDef("AddN")
             .input("inputs: N * T")
             .output("sum: T")
             .attr("N: int")
             .attr("T: type")
             .shape(add_n_shape)
             .list(add_n_facts)
             .kernel(add_n_kernel)
             .elementwise()
             .gradient([](const GradientContext& c) { return Tensors(c.num_inputs(), c.grad()); }));
  add_op(OpDef("ClipByValue")
             .input("t: T")
             .input("clip_value_min: T")
             .input("clip_value_max: T")
             .output("output: T")
             .attr("T: type")
             .shape(clip_shape)
             .kernel(clip_kernel)
             .elementwise()
             .gradient(clip_gradient));
}
