// _FusedSimpleRNN and its gradient for float32.
#pragma once

#include "ops/recurrent/simple_rnn.h"

namespace hornbeam::fast {

std::unique_ptr<Kernel> simple_rnn(const KernelSpec& spec, const Sequence& q);
std::unique_ptr<Kernel> simple_rnn_grad(const KernelSpec& spec, const Sequence& q);

}  // namespace hornbeam::fast
