#include "ops/packed_matmul.h"

#include "ops/kernels/gemm.h"
#include "ops/kernels/outer.h"

namespace hornbeam {
namespace {

using kernels::Strided;

Strided<float> view(const float* data, const Shape& shape, bool transposed) {
  const Strided<float> s{data, shape[1], 1};
  return transposed ? s.transposed() : s;
}

// A product by weights that are packed: once, if they never change, else first of all in each run.
std::unique_ptr<Kernel> by_packed(const KernelSpec& spec, const FusedArgs& fused, std::int64_t m, std::int64_t n,
                                  std::int64_t k) {
  const bool transposed = spec.attrs.b("transpose_b");
  const kernels::Packing packing{
      .rows = k, .columns = n, .at = {0}, .ld = spec.inputs[1].shape[1], .transposed = transposed};
  std::shared_ptr<const kernels::PackedB> ready;
  if (const auto* b = spec.value(1)) {
    ready = std::make_shared<const kernels::PackedB>(k, n, b->data<float>().data(), packing.ld, transposed);
  }
  std::vector<KernelStage> stages;
  if (!ready) {
    stages.push_back({4.0 * static_cast<double>(packing.size()), [packing](const KernelRun& io, kernels::Part part) {
                        kernels::pack_part(packing, io.input<float>(1), reinterpret_cast<float*>(io.scratch), part);
                      }});
  }
  stages.push_back({kernels::gemm_work(m, n, k), [=](const KernelRun& io, kernels::Part part) {
                      kernels::Epilogue epilogue;
                      epilogue.bias = fused.bias ? io.input<float>(fused.bias) : nullptr;
                      epilogue.residual = fused.residual ? io.input<float>(fused.residual) : nullptr;
                      epilogue.activation = fused.activation;
                      if (ready)
                        return kernels::gemm_part(m, io.input<float>(0), k, *ready, io.output<float>(0), n, epilogue,
                                                  part);
                      const kernels::PackedView packed(k, n, reinterpret_cast<const float*>(io.scratch));
                      kernels::gemm_part(m, io.input<float>(0), k, packed, io.output<float>(0), n, epilogue, part);
                    }});
  return make_staged_kernel(std::move(stages), ready ? 0 : static_cast<std::size_t>(packing.size()) * sizeof(float));
}

}  // namespace

std::unique_ptr<Kernel> packed_matmul(const KernelSpec& spec, const FusedArgs& fused) {
  constexpr std::int64_t kWorthPacking = 8;  // rows; packing reads and writes all of B
  const auto &a = spec.inputs[0].shape, &b = spec.inputs[1].shape, &out = spec.outputs[0].shape;
  if (spec.inputs[0].dtype != DType::float32 || a.num_elements() == 0 || b.num_elements() == 0) return nullptr;
  const bool ta = spec.attrs.b("transpose_a"), tb = spec.attrs.b("transpose_b");
  const auto m = a[ta ? 1 : 0], n = b[tb ? 0 : 1], k = a[ta ? 0 : 1];
  if (out != Shape{m, n}) return nullptr;
  if (fused.bias && spec.inputs[fused.bias].shape.num_elements() != n) return nullptr;
  if (fused.residual && spec.inputs[fused.residual].shape != out) return nullptr;
  if (spec.compiled && !ta && (spec.value(1) || m >= kWorthPacking)) return by_packed(spec, fused, m, n, k);
  if (fused.bias || fused.residual || fused.activation.op != kernels::Unary::kIdentity) return nullptr;
  if (spec.compiled && ta && !tb) {
    return make_part_kernel(kernels::gemm_work(m, n, k), [=](const KernelRun& io, kernels::Part part) {
      kernels::gemm_outer_part(m, n, k, io.input<float>(0), m, io.input<float>(1), n, io.output<float>(0), n, nullptr,
                               part);
    });
  }
  return make_kernel([=](const KernelRun& io) {
    kernels::gemm_strided(m, n, k, view(io.input<float>(0), a, ta), view(io.input<float>(1), b, tb),
                          io.output<float>(0), n);
  });
}

}  // namespace hornbeam
