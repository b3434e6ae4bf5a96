// MatMul: product = a @ b for matrices, either transposed.
#include "ops/matmul.h"

#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/op_def.h"
#include "ops/packed_matmul.h"

namespace hornbeam {
namespace {

std::vector<Shape> matmul_shape(const ShapeContext& c) {
  const auto &a = c.shape(0), &b = c.shape(1);
  const bool ta = c.attrs().b("transpose_a"), tb = c.attrs().b("transpose_b");
  if (!a.has_rank() || !b.has_rank()) return {Shape{None, None}};
  if (a.rank() != 2 || b.rank() != 2) {
    throw InvalidArgumentError("In[0] and In[1] has different ndims or are no matrices: " + a.to_string() + " vs. " +
                               b.to_string());
  }
  const auto k1 = a[ta ? 0 : 1], k2 = b[tb ? 1 : 0];
  if (k1 >= 0 && k2 >= 0 && k1 != k2) {
    throw InvalidArgumentError("Matrix size-incompatible: In[0]: " + a.to_string() + ", In[1]: " + b.to_string());
  }
  return {Shape{a[ta ? 1 : 0], b[tb ? 0 : 1]}};
}

std::unique_ptr<Kernel> matmul_kernel(const KernelSpec& spec) {
  const bool ta = spec.attrs.b("transpose_a"), tb = spec.attrs.b("transpose_b");
  const auto m = spec.outputs[0].shape[0], n = spec.outputs[0].shape[1];
  const auto k = spec.inputs[0].shape[ta ? 0 : 1];
  const MatrixProduct product{m, n, k, ta, tb};
  if (spec.compiled) {
    if (auto packed = packed_matmul(spec, {})) return packed;
  }
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "MatMul", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel(
        [product](const KernelRun& io) { product.run(io.input<T>(0), io.input<T>(1), io.output<T>(0)); });
  });
}

Tensor product(const Tensor& a, bool ta, const Tensor& b, bool tb) {
  return call_op1("MatMul", {a, b}, {{"transpose_a", ta}, {"transpose_b", tb}});
}

// The sums over what the products share: each gradient is the other factor times the gradient.
Tensors matmul_gradient(const GradientContext& c) {
  const bool ta = c.attrs().b("transpose_a"), tb = c.attrs().b("transpose_b");
  const auto &a = c.input(0), &b = c.input(1);
  const auto grad = c.grad();
  return {c.if_wanted(0, [&] { return ta ? product(b, tb, grad, true) : product(grad, false, b, !tb); }),
          c.if_wanted(1, [&] { return tb ? product(grad, true, a, ta) : product(a, !ta, grad, false); })};
}

// (a, b) -> (a' b, sums down the columns of b)
std::vector<Shape> outer_bias_shape(const ShapeContext& c) {
  const auto &a = c.shape(0), &b = c.shape(1);
  if (!a.has_rank() || !b.has_rank()) return {Shape{None, None}, Shape{None}};
  return {Shape{a[1], b[1]}, Shape{b[1]}};
}
std::unique_ptr<Kernel> outer_bias_kernel(const KernelSpec& spec) {
  if (spec.inputs[0].dtype != DType::float32) throw TypeError("Op '_MatMulBiasGrad' has a kernel for float32 only");
  const auto k = spec.inputs[0].shape[0], m = spec.inputs[0].shape[1], n = spec.inputs[1].shape[1];
  return make_part_kernel(kernels::gemm_work(m, n, k), [=](const KernelRun& io, kernels::Part part) {
    kernels::gemm_outer_part(m, n, k, io.input<float>(0), m, io.input<float>(1), n, io.output<float>(0), n,
                             io.output<float>(1), part);
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(matmul) {
  using namespace hornbeam;
  add_op(OpDef("MatMul")
             .input("a: T")
             .input("b: T")
             .output("product: T")
             .attr("transpose_a: bool = false")
             .attr("transpose_b: bool = false")
             .attr("T: type")
             .shape(matmul_shape)
             .kernel(matmul_kernel)
             .gradient(matmul_gradient));
  // MatMul(transpose_a) and BiasAddGrad of one gradient: those of a Dense layer's kernel and bias. The executor makes
  // it.
  add_op(OpDef("_MatMulBiasGrad")
             .input("a: T")
             .input("b: T")
             .output("product: T")
             .output("bias: T")
             .attr("T: type")
             .shape(outer_bias_shape)
             .kernel(outer_bias_kernel)
             .no_gradient());
}
