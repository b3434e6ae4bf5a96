// Kernels that write variables in place.
//
// Of an input of dtype resource, KernelSpec::inputs holds the variable's own dtype and shape, and a run's pointer is
// the variable's memory, which the executor has made writable.
#pragma once

#include "ops/op_def.h"

namespace hornbeam {

template <class T>
T* variable(const KernelRun& io, std::size_t input) {
  return reinterpret_cast<T*>(const_cast<std::byte*>(io.in[input]));
}

// Throws InvalidArgumentError in TensorFlow's words unless input `input` has the shape of variable `resource`.
void check_variable_shape(const KernelSpec& spec, std::size_t resource, std::size_t input);

}  // namespace hornbeam
