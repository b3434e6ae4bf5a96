// _FusedLSTM and its gradient for float32.
#pragma once

#include "ops/recurrent/lstm.h"

namespace hornbeam::fast {

std::unique_ptr<Kernel> lstm(const KernelSpec& spec, const Sequence& q);
std::unique_ptr<Kernel> lstm_grad(const KernelSpec& spec, const Sequence& q);

}  // namespace hornbeam::fast
