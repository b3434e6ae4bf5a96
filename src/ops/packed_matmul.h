// float32 matrix products on the packed kernels (ops/kernels/gemm.h), with what follows them.
#pragma once

#include "ops/fused_args.h"

namespace hornbeam {

// Null when the kernels do not serve: other dtypes, empty matrices, a residual that broadcasts.
std::unique_ptr<Kernel> packed_matmul(const KernelSpec& spec, const FusedArgs& fused);

}  // namespace hornbeam
