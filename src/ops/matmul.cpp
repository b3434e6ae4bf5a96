// MatMul: product = a @ b for matrices, either transposed.
#include "ops/matmul.h"

#include "ops/dispatch.h"
#include "ops/op_def.h"

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
  // Weights are packed once.
  if (spec.compiled && spec.value(1) && spec.inputs[0].dtype == DType::float32 && !ta && k > 0 && n > 0) {
    const auto packed =
        std::make_shared<const kernels::PackedB>(k, n, spec.value(1)->data<float>().data(), tb ? k : n, tb);
    return make_kernel(
        [=](const KernelRun& io) { kernels::gemm(m, io.input<float>(0), k, *packed, io.output<float>(0), n); });
  }
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "MatMul", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel(
        [product](const KernelRun& io) { product.run(io.input<T>(0), io.input<T>(1), io.output<T>(0)); });
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
             .kernel(matmul_kernel));
}
