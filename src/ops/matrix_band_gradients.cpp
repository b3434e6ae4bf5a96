// Gradients of MatrixBandPart, MatrixDiagV3, MatrixDiagPartV3 and MatrixSetDiagV3.
#include "ops/matrix_op.h"

namespace hornbeam {
namespace {

Tensor zero_like(const Tensor& t) { return ops::scalar(t.dtype(), 0.0); }

}  // namespace

Tensors band_gradient(const GradientContext& c) {
  return c.first(call_op1("MatrixBandPart", {c.grad(), c.input(1), c.input(2)}));
}

Tensors diag_gradient(const GradientContext& c) {
  const auto grad = c.grad();
  return c.first(call_op1("MatrixDiagPartV3", {grad, c.input(1), zero_like(grad)}, pick(c.attrs(), {"align"})));
}

Tensors diag_part_gradient(const GradientContext& c) {
  const auto zeros = ops::zeros_like(c.input(0));
  return c.first(call_op1("MatrixSetDiagV3", {zeros, c.grad(), c.input(1)}, pick(c.attrs(), {"align"})));
}

Tensors set_diag_gradient(const GradientContext& c) {
  const auto grad = c.grad();
  const auto &diagonal = c.input(1), &k = c.input(2);
  const auto align = pick(c.attrs(), {"align"});
  return {call_op1("MatrixSetDiagV3", {grad, ops::zeros_like(diagonal), k}, align),
          call_op1("MatrixDiagPartV3", {grad, k, zero_like(grad)}, align),
          {}};
}

}  // namespace hornbeam
