// Kernels made of functions (make_kernel, make_part_kernel).
#include "ops/kernels/parallel.h"
#include "ops/op_def.h"

namespace hornbeam::detail {
namespace {

class HeldKernel final : public Kernel {
 public:
  HeldKernel(HeldFunction f, RunHeld call) : f_(std::move(f)), call_(call) {}
  void run(const KernelRun& io) const override { call_(f_.object.get(), io); }

 private:
  HeldFunction f_;
  RunHeld call_;
};

class HeldPartKernel final : public Kernel {
 public:
  HeldPartKernel(HeldFunction f, RunHeldPart call) : f_(std::move(f)), call_(call) {}
  void run(const KernelRun& io) const override {
    kernels::parallel_parts(flops, [&](kernels::Part part) { run_part(io, part); });
  }
  void run_part(const KernelRun& io, kernels::Part part) const override { call_(f_.object.get(), io, part); }

 private:
  HeldFunction f_;
  RunHeldPart call_;
};

}  // namespace

std::unique_ptr<Kernel> held_kernel(HeldFunction f, RunHeld run, std::size_t scratch_bytes) {
  auto kernel = std::make_unique<HeldKernel>(std::move(f), run);
  kernel->scratch_bytes = scratch_bytes;
  return kernel;
}

std::unique_ptr<Kernel> held_part_kernel(double flops, HeldFunction f, RunHeldPart run, std::size_t scratch_bytes) {
  auto kernel = std::make_unique<HeldPartKernel>(std::move(f), run);
  kernel->flops = flops < 1 ? 1 : flops;
  kernel->scratch_bytes = scratch_bytes;
  return kernel;
}

}  // namespace hornbeam::detail
