// float32 channels-last 2-D convolutions on the packed kernels (ops/kernels/conv.h), with what follows them.
#pragma once

#include "ops/fused_args.h"

namespace hornbeam {

// Null when the kernels do not serve: other dtypes, channels first, a filter or bias that is not known when the kernel
// is made, empty tensors, a residual that broadcasts.
std::unique_ptr<Kernel> packed_conv2d(const KernelSpec& spec, const FusedArgs& fused, bool depthwise);

}  // namespace hornbeam
