// SigmoidGrad, TanhGrad, SqrtGrad, RsqrtGrad, ReciprocalGrad, InvGrad: the derivative of a function, told by its result
// y, times a gradient dy.
#include "ops/derivative_op.h"

namespace hornbeam {
namespace {

HB_DERIVATIVE(SigmoidGrad, y, dy, dy* y*(C(1) - y));
HB_DERIVATIVE(TanhGrad, y, dy, dy*(C(1) - y * y));
HB_DERIVATIVE(SqrtGrad, y, dy, C(0.5) * dy / y);
HB_DERIVATIVE(RsqrtGrad, y, dy, C(-0.5) * dy * (y * y * y));
HB_DERIVATIVE(ReciprocalGrad, y, dy, -dy*(y* y));

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
  return derivative_op<Fn>(name, "y: T", "dy: T", "z: T", gradient);
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
