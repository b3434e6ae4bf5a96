// _FusedElementwise: a run of element-wise steps over one array, in one pass.
//
// The value starts as input 0. Each step of attr `steps` either maps it by a function ("Relu"; its parameters are in
// `alphas` and `betas`), or combines it with the next input ("Mul"; "rSub" when the input comes first). Inputs
// broadcast.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ops/kernels/eltwise.h"
#include "ops/op_def.h"

namespace hornbeam {

std::optional<kernels::Binary> binary_named(std::string_view op);

// Element strides of `in` broadcast to `out`: 0 where it repeats.
std::vector<std::int64_t> broadcast_strides(const Shape& in, const Shape& out);

}  // namespace hornbeam
