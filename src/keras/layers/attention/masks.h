// Which position may attend to which, and a softmax that heeds it.
#pragma once

#include <cstdint>
#include <vector>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Undefined masks let everything through.
Tensor both_masks(const Tensor& a, const Tensor& b);
// [target, source] of bool for the second dims of query and value: a position attends to itself and those before it.
Tensor causal_mask(const Tensor& query, const Tensor& value);
// ... to those less than `width` steps away.
Tensor window_mask(const Tensor& query, const Tensor& value, std::int64_t width);

// How the current target's Softmax layer masks. `robust`: as tf-keras does on request.
Tensor masked_softmax(const Tensor& scores, const Tensor& mask, const std::vector<std::int64_t>& axes,
                      bool robust = false);

}  // namespace hornbeam
