// What a cross-entropy is computed from when predictions come out of a softmax or a sigmoid: its input.
#pragma once

#include <optional>
#include <string_view>

#include "hornbeam/target.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::losses {

// The input of Keras's softmax or sigmoid that made `output`, whichever of the two, or in a trace that of the op `op`
// ("Softmax", "Sigmoid"); else nothing. The loss of logits keeps its precision, and its gradient, where probabilities
// round to 0 or 1. (So what comes out of a softmax has another binary cross-entropy in a model than as plain numbers.)
//
// 2.2 knows the op alone, also behind Identity, but makes softmax of several ops when the rank is not 2.
std::optional<Tensor> logits_behind(const Tensor& output, std::string_view op, Target target);

}  // namespace hornbeam::losses
