// What a cross-entropy is computed from when predictions come out of a softmax or a sigmoid: its input.
#pragma once

#include <optional>
#include <string_view>

#include "hornbeam/target.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::losses {

// The input of the op ("Softmax", "Sigmoid") that made `output`, when it is a node of a trace; else nothing. The loss
// of logits keeps its precision, and its gradient, where probabilities round to 0 or 1.
//
// 2.2 finds the op also behind Identity, but makes softmax of several ops when the rank is not 2. (Keras 2.15 and 3
// remember the logits of eager tensors too; here an eager loss is that of the probabilities.)
std::optional<Tensor> logits_behind(const Tensor& output, std::string_view op, Target target);

}  // namespace hornbeam::losses
