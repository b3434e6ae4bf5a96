// A step function over a sequence: Keras's backend.rnn.
#pragma once

#include <functional>

#include "hornbeam/layers/rnn.hpp"

namespace hornbeam {

using StepFunction = std::function<CellStep(const Values& x, const std::vector<Tensor>& states)>;

// `inputs`: [batch, time, ...] (time first when flags.time_major), or a structure of such; `mask`: [batch, time] in the
// same order, or undefined. A known number of steps is unrolled, unless they are many.
// Throws ValueError when there are no steps at all.
RNNResult run_steps(const Values& inputs, const Tensor& mask, const std::vector<Tensor>& states, const RNNFlags& flags,
                    const StepFunction& step);

// The same as one loop op, for any number of steps.
RNNResult run_while(const Values& inputs, const Tensor& mask, const std::vector<Tensor>& states, const RNNFlags& flags,
                    const StepFunction& step);

// `now` where the mask of a step, [batch], holds, else `before`.
Tensor chosen_where(const Tensor& mask, const Tensor& now, const Tensor& before);

}  // namespace hornbeam
