// _FusedMatMul: a matrix product, a bias, a residual and an activation in one pass. The executor makes it of MatMul and
// what follows it.
#include "ops/packed_matmul.h"

namespace hornbeam {
namespace {

const OpDef& base() {
  static const OpDef& op = get_op("MatMul");
  return op;
}

std::vector<Shape> fused_shape(const ShapeContext& c) {
  const TensorSpec inputs[] = {{c.dtype(0), c.shape(0)}, {c.dtype(1), c.shape(1)}};
  auto out = base().shape_fn(ShapeContext(c.attrs(), inputs, {}))[0];
  const auto fused = fused_args(c.attrs());
  if (fused.residual) out = broadcast_shapes(out, c.shape(fused.residual));
  return {out};
}

std::unique_ptr<Kernel> fused_kernel(const KernelSpec& spec) {
  const auto fused = fused_args(spec.attrs);
  if (auto fast = packed_matmul(spec, fused)) return fast;
  return unfused_kernel(spec, base(), fused);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_matmul) {
  using namespace hornbeam;
  add_op(OpDef("_FusedMatMul")
             .input("a: T")
             .input("b: T")
             .input("args: num_args * T")
             .output("product: T")
             .attr("transpose_a: bool = false")
             .attr("transpose_b: bool = false")
             .attr("T: type")
             .attr("num_args: int")
             .attr("fused_ops: list(string) = []")
             .attr("leakyrelu_alpha: float = 0.2")
             .attr("activation_alpha: float = 0")
             .attr("activation_beta: float = 0")
             .shape(fused_shape)
             .kernel(fused_kernel)
             .elementwise(2));
}
