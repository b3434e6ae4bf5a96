// _FusedGRU and its gradient for float32.
#pragma once

#include "ops/recurrent/gru.h"

namespace hornbeam::fast {

std::unique_ptr<Kernel> gru(const KernelSpec& spec, const Sequence& q);
std::unique_ptr<Kernel> gru_grad(const KernelSpec& spec, const Sequence& q);

}  // namespace hornbeam::fast
