// Kernels of ops whose inputs decide what the kernel does: axes, perms, the begin of x[i].
//
// Mostly such a value is known when the kernel is made. When only the graph can compute it, and the output's shape does
// not depend on it, the kernel is made anew in each run.
#pragma once

#include "ops/op_def.h"

namespace hornbeam {

// A kernel's factory needs an input's value that only running the graph gives.
class ValueNotKnown : public InvalidArgumentError {
 public:
  using InvalidArgumentError::InvalidArgumentError;
};

// The op's kernel; a late one when its factory asks for a value that `spec` does not know.
std::unique_ptr<Kernel> make_op_kernel(const OpDef& op, const KernelSpec& spec);

}  // namespace hornbeam
