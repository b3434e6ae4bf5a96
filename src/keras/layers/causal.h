// Causal convolutions see no step that is to come.
#pragma once

#include <cstdint>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// x, [batch, time, channels] ([batch, channels, time] with channels_first), after the `steps` steps before it: zeros,
// or in a stream what they were.
Tensor with_past(const Layer& layer, const Tensor& x, std::int64_t steps, bool channels_first);

}  // namespace hornbeam
