#include "ops/late_kernel.h"

#include "base/aligned.h"

namespace hornbeam {
namespace {

class LateKernel final : public Kernel {
 public:
  LateKernel(const OpDef& op, const KernelSpec& spec)
      : op_(op),
        attrs_(spec.attrs),
        inputs_(spec.inputs.begin(), spec.inputs.end()),
        outputs_(spec.outputs.begin(), spec.outputs.end()),
        values_(spec.values.begin(), spec.values.end()) {
    values_.resize(inputs_.size());
  }

  void run(const KernelRun& io) const override {
    auto values = values_;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& input = inputs_[i];
      const bool is_int = input.dtype == DType::int32 || input.dtype == DType::int64;
      if (!values[i].defined() && is_int) values[i] = Tensor::borrow(input.dtype, input.shape, io.in[i]);
    }
    const auto kernel = op_.kernel_fn({attrs_, inputs_, outputs_, values, /*compiled=*/false});
    base::AlignedBytes scratch_of_kernel(kernel->scratch_bytes);
    kernel->run({io.in, io.out, scratch_of_kernel.data()});
  }

 private:
  const OpDef& op_;
  Attrs attrs_;
  std::vector<TensorSpec> inputs_, outputs_;
  std::vector<Tensor> values_;
};

}  // namespace

std::unique_ptr<Kernel> make_op_kernel(const OpDef& op, const KernelSpec& spec) {
  try {
    return op.kernel_fn(spec);
  } catch (const ValueNotKnown&) {
    return std::make_unique<LateKernel>(op, spec);
  }
}

}  // namespace hornbeam
