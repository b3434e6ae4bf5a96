#include "ops/packed_matmul.h"

#include "ops/kernels/gemm.h"

namespace hornbeam {
namespace {

using kernels::Strided;

Strided<float> view(const float* data, const Shape& shape, bool transposed) {
  const Strided<float> s{data, shape[1], 1};
  return transposed ? s.transposed() : s;
}

}  // namespace

std::unique_ptr<Kernel> packed_matmul(const KernelSpec& spec, const FusedArgs& fused) {
  const auto &a = spec.inputs[0].shape, &b = spec.inputs[1].shape, &out = spec.outputs[0].shape;
  if (spec.inputs[0].dtype != DType::float32 || a.num_elements() == 0 || b.num_elements() == 0) return nullptr;
  if (fused.bias && !spec.value(fused.bias)) return nullptr;
  if (fused.residual && spec.inputs[fused.residual].shape != out) return nullptr;
  const bool ta = spec.attrs.b("transpose_a"), tb = spec.attrs.b("transpose_b");
  const auto m = a[ta ? 1 : 0], n = b[tb ? 0 : 1], k = a[ta ? 0 : 1];
  if (out != Shape{m, n}) return nullptr;
  // Packing reads all of B: it pays when the product runs again.
  if (spec.compiled && spec.value(1) && !ta) {
    const auto packed = std::make_shared<const kernels::PackedB>(k, n, spec.value(1)->data<float>().data(), b[1], tb);
    std::vector<float> bias;
    if (fused.bias)
      bias.assign(spec.value(fused.bias)->data<float>().begin(), spec.value(fused.bias)->data<float>().end());
    return make_part_kernel(
        kernels::gemm_work(m, n, k), [=, bias = std::move(bias)](const KernelRun& io, kernels::Part part) {
          kernels::Epilogue epilogue;
          epilogue.bias = bias.empty() ? nullptr : bias.data();
          epilogue.residual = fused.residual ? io.input<float>(fused.residual) : nullptr;
          epilogue.activation = fused.activation;
          kernels::gemm_part(m, io.input<float>(0), k, *packed, io.output<float>(0), n, epilogue, part);
        });
  }
  if (fused.bias || fused.residual || fused.activation.op != kernels::Unary::kIdentity) return nullptr;
  return make_kernel([=](const KernelRun& io) {
    kernels::gemm_strided(m, n, k, view(io.input<float>(0), a, ta), view(io.input<float>(1), b, tb),
                          io.output<float>(0), n);
  });
}

}  // namespace hornbeam
