#include "ops/binary_op.h"

namespace hornbeam::detail {

std::unique_ptr<Kernel> binary_loops_kernel(const KernelSpec& spec, BinaryLoops loops) {
  const BroadcastPlan plan(spec.inputs[0].shape, spec.inputs[1].shape, spec.outputs[0].shape);
  const auto total = spec.elements(0), seconds = spec.inputs[1].shape.num_elements();
  const auto in = static_cast<std::int64_t>(size_of(spec.inputs[0].dtype));
  const auto out = static_cast<std::int64_t>(size_of(spec.outputs[0].dtype));
  return make_kernel([=](const KernelRun& io) {
    if (loops.check && total > 0) loops.check(io.in[1], seconds);
    kernels::parallel_for(total, 16384, [&](std::int64_t begin, std::int64_t end) {
      plan.walk(begin, end, [&](std::int64_t x, std::int64_t y, std::int64_t z, std::int64_t n) {
        loops.row(io.in[0] + x * in, plan.step_a, io.in[1] + y * in, plan.step_b, io.out[0] + z * out, n);
      });
    });
  });
}

std::unique_ptr<Kernel> fast_binary_kernel(const KernelSpec& spec, kernels::Binary op) {
  const BroadcastPlan plan(spec.inputs[0].shape, spec.inputs[1].shape, spec.outputs[0].shape);
  auto shape = plan.dims, strides_x = plan.stride_a, strides_y = plan.stride_b;
  shape.push_back(plan.row);
  strides_x.push_back(plan.step_a);
  strides_y.push_back(plan.step_b);
  return make_kernel([=](const KernelRun& io) {
    kernels::binary_broadcast(op, shape, io.input<float>(0), strides_x, io.input<float>(1), strides_y,
                              io.output<float>(0));
  });
}

}  // namespace hornbeam::detail
