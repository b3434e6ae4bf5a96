// SimpleRNN, LSTM and GRU over a whole sequence by one op each.
#pragma once

#include <optional>

#include "hornbeam/layers/recurrent.hpp"

namespace hornbeam {

// Empty when the op does not compute it: other activations, dropout in training.
std::optional<RNNResult> run_fused(const RNNCell& cell, const Values& inputs, const Tensor& mask,
                                   const std::vector<Tensor>& states, const RNNFlags& flags, CallContext& context);

}  // namespace hornbeam
