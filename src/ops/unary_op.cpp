#include "ops/unary_op.h"

namespace hornbeam::detail {

std::unique_ptr<Kernel> unary_loop_kernel(const KernelSpec& spec, UnaryLoop loop) {
  const auto n = spec.elements(0);
  const auto in = static_cast<std::int64_t>(size_of(spec.inputs[0].dtype));
  const auto out = static_cast<std::int64_t>(size_of(spec.outputs[0].dtype));
  return make_kernel([=](const KernelRun& io) {
    kernels::parallel_for(n, 4096, [&](std::int64_t begin, std::int64_t end) {
      loop(io.in[0] + begin * in, io.out[0] + begin * out, end - begin);
    });
  });
}

std::unique_ptr<Kernel> fast_unary_kernel(const KernelSpec& spec, kernels::Activation f) {
  return make_kernel(
      [n = spec.elements(0), f](const KernelRun& io) { kernels::map(f, n, io.input<float>(0), io.output<float>(0)); });
}

}  // namespace hornbeam::detail
