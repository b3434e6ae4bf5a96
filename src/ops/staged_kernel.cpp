#include <algorithm>

#include "ops/op_def.h"

namespace hornbeam {
namespace {

class StagedKernel final : public Kernel {
 public:
  StagedKernel(std::vector<KernelStage> stages, std::size_t scratch) : stages_(std::move(stages)) {
    for (auto& stage : stages_) flops += stage.flops = std::max(stage.flops, 1.0);
    scratch_bytes = scratch;
  }

  void run(const KernelRun& io) const override {
    for (const auto& stage : stages_) {
      kernels::parallel_parts(stage.flops, [&](kernels::Part part) { stage.run(io, part); });
    }
  }
  std::size_t stages() const override { return stages_.size(); }
  double stage_flops(std::size_t stage) const override { return stages_[stage].flops; }
  void run_stage(const KernelRun& io, std::size_t stage, kernels::Part part) const override {
    stages_[stage].run(io, part);
  }

 private:
  std::vector<KernelStage> stages_;
};

}  // namespace

std::unique_ptr<Kernel> make_staged_kernel(std::vector<KernelStage> stages, std::size_t scratch_bytes) {
  return std::make_unique<StagedKernel>(std::move(stages), scratch_bytes);
}

}  // namespace hornbeam
