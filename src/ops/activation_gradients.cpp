// ReluGrad, Relu6Grad, LeakyReluGrad, EluGrad, SeluGrad, SoftplusGrad, SoftsignGrad: a gradient times the derivative of
// the activation, by its argument (SoftplusGrad, SoftsignGrad, LeakyReluGrad) or its result (the others).
#include <cmath>

#include "ops/derivative_op.h"

namespace hornbeam {
namespace {

// As TensorFlow multiplies: an infinite gradient stays one, so that a loss scale that is too great is seen.
HB_DERIVATIVE(ReluGrad, g, x, g*(x > C{} ? C(1) : C{}));
HB_DERIVATIVE(Relu6Grad, g, x, x > C{} && x < C(6) ? g : C{});
HB_DERIVATIVE(EluGrad, g, x, x < C{} ? g * (x + C(1)) : g);
HB_DERIVATIVE(SeluGrad, g, x,
              g*(x < C{} ? x + C(1.7580993408473768599402175208123) : C(1.0507009873554804934193349852946)));
HB_DERIVATIVE(SoftplusGrad, g, x, g / (std::exp(-x) + C(1)));
HB_DERIVATIVE(SoftsignGrad, g, x, g / ((C(1) + std::fabs(x)) * (C(1) + std::fabs(x))));

std::unique_ptr<Kernel> leaky_relu_grad_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  const float alpha = spec.attrs.f("alpha");
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "LeakyReluGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n, alpha](const KernelRun& io) {
      using C = compute_t<T>;
      const T *g = io.input<T>(0), *x = io.input<T>(1);
      T* y = io.output<T>(0);
      const C slope = static_cast<C>(static_cast<T>(alpha));
      kernels::parallel_for(n, 16384, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = begin; i < end; ++i) {
          y[i] = static_cast<T>(static_cast<C>(g[i]) * (static_cast<C>(x[i]) > C{} ? C(1) : slope));
        }
      });
    });
  });
}

// The same op for the gradient's gradient; the derivative of a piecewise linear function does not change.
template <class Fn>
Tensors piecewise_linear(const GradientContext& c) {
  return {call_op1(Fn::kName, {c.grad(), c.input(1)}), ops::zeros_like(c.input(1))};
}

// g times the second derivative where the result is below zero, and 0 elsewhere.
template <class Fn>
Tensors exponential(const GradientContext& c) {
  const auto& y = c.input(1);
  const auto grad = c.grad();
  return {call_op1(Fn::kName, {grad, y}),
          ops::where(ops::less(y, 0), grad * c.input(0), ops::scalar(grad.dtype(), 0.0))};
}

Tensors softplus_grad_gradient(const GradientContext& c) {
  const auto& x = c.input(1);
  const auto grad = c.grad();
  return {call_op1("SoftplusGrad", {grad, x}), grad * c.input(0) / (ops::exp(-x) + 2 + ops::exp(x))};
}

Tensors softsign_grad_gradient(const GradientContext& c) {
  const auto& x = c.input(1);
  const auto grad = c.grad();
  const auto t = 1 + ops::abs(x);
  return {call_op1("SoftsignGrad", {grad, x}), grad * c.input(0) * -2 * ops::sign(x) / (t * t * t)};
}

template <class Fn, class List = FloatTypes>
OpDef gradient_op(GradientFn gradient, const char* second = "features: T") {
  return derivative_op<Fn, List>(Fn::kName, "gradients: T", second, "backprops: T", gradient);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(activation_gradients) {
  using namespace hornbeam;
  add_op(gradient_op<ReluGradFn, NumberTypes>(piecewise_linear<ReluGradFn>));
  add_op(gradient_op<Relu6GradFn, NumberTypes>(piecewise_linear<Relu6GradFn>));
  add_op(gradient_op<EluGradFn>(exponential<EluGradFn>, "outputs: T"));
  add_op(gradient_op<SeluGradFn>(exponential<SeluGradFn>, "outputs: T"));
  add_op(gradient_op<SoftplusGradFn>(softplus_grad_gradient));
  add_op(gradient_op<SoftsignGradFn>(softsign_grad_gradient));
  add_op(OpDef("LeakyReluGrad")
             .input("gradients: T")
             .input("features: T")
             .output("backprops: T")
             .attr("alpha: float = 0.2")
             .attr("T: type = float32")
             .shape(derivative_shape)
             .kernel(leaky_relu_grad_kernel)
             .elementwise()
             .gradient([](const GradientContext& c) -> Tensors {
               return {call_op1("LeakyReluGrad", {c.grad(), c.input(1)}, pick(c.attrs(), {"alpha"})),
                       ops::zeros_like(c.input(1))};
             }));
}
