// SigmoidGrad, TanhGrad, SqrtGrad, RsqrtGrad, ReciprocalGrad, InvGrad: the derivative of a function, told by its result
// y, times a gradient dy.
#include "ops/binary_op.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> merged_shape(const ShapeContext& c) {
  return {merge_shapes(c.shape(0), c.shape(1), "the gradient")};
}

#define HB_GRADIENT(Name, expression)                                  \
  struct Name##Fn {                                                    \
    static constexpr const char* kName = #Name;                        \
    static constexpr kernels::Binary kFast = kernels::Binary::k##Name; \
    template <class C>                                                 \
    static C apply(C y, C dy) {                                        \
      return static_cast<C>(expression);                               \
    }                                                                  \
  }
HB_GRADIENT(SigmoidGrad, dy* y*(C(1) - y));
HB_GRADIENT(TanhGrad, dy*(C(1) - y * y));
HB_GRADIENT(SqrtGrad, C(0.5) * dy / y);
HB_GRADIENT(RsqrtGrad, C(-0.5) * dy * (y * y * y));
HB_GRADIENT(ReciprocalGrad, -dy*(y* y));
#undef HB_GRADIENT

// With g the gradient of the result, y and dy the inputs.
Tensors sigmoid_grad_gradient(const GradientContext& c) {
  const auto &y = c.input(0), &dy = c.input(1);
  const auto g = c.grad(), weighted = g * dy;
  return {weighted - 2 * weighted * y, call_op1("SigmoidGrad", {y, g})};
}
Tensors tanh_grad_gradient(const GradientContext& c) {
  const auto &y = c.input(0), &dy = c.input(1);
  const auto g = c.grad();
  return {g * -2 * dy * y, call_op1("TanhGrad", {y, g})};
}
Tensors sqrt_grad_gradient(const GradientContext& c) {
  const auto ratio = c.grad() / c.input(0);
  return {-ratio * c.output(), ratio * 0.5};
}
Tensors rsqrt_grad_gradient(const GradientContext& c) {
  const auto &y = c.input(0), &dy = c.input(1);
  const auto g = c.grad();
  return {g * -1.5 * dy * ops::square(y), call_op1("RsqrtGrad", {y, g})};
}
Tensors reciprocal_grad_gradient(const GradientContext& c) {
  const auto &y = c.input(0), &dy = c.input(1);
  const auto g = c.grad();
  return {g * -2 * dy * y, call_op1("ReciprocalGrad", {y, g})};
}

template <class Fn>
OpDef gradient_op(GradientFn gradient, const char* name = Fn::kName) {
  return OpDef(name)
      .input("y: T")
      .input("dy: T")
      .output("z: T")
      .attr("T: type")
      .shape(merged_shape)
      .kernel(binary_kernel<Fn, FloatTypes, false>)
      .elementwise()
      .gradient(gradient);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(unary_gradients) {
  using namespace hornbeam;
  add_op(gradient_op<SigmoidGradFn>(sigmoid_grad_gradient));
  add_op(gradient_op<TanhGradFn>(tanh_grad_gradient));
  add_op(gradient_op<SqrtGradFn>(sqrt_grad_gradient));
  add_op(gradient_op<RsqrtGradFn>(rsqrt_grad_gradient));
  add_op(gradient_op<ReciprocalGradFn>(reciprocal_grad_gradient));
  add_op(gradient_op<ReciprocalGradFn>(reciprocal_grad_gradient, "InvGrad"));
}
