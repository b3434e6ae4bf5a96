// Mixed precision: layers compute in 16 bits and keep their variables in float32. Mirrors keras.mixed_precision.
//
//   mixed_precision::set_global_policy("mixed_float16");
//   ... make the model; compile() wraps its optimizer in a LossScaleOptimizer ...
#pragma once

#include <string>

namespace hornbeam::mixed_precision {

// The policy of layers and models that are not given a dtype; floatx() unless set. Process-wide, and safe to use from
// several threads, though what they make at the same time may have either policy.
std::string global_policy();
// "mixed_float16", "mixed_bfloat16" or a dtype's name; "" unsets it. Throws ValueError on another.
void set_global_policy(const std::string& name);

}  // namespace hornbeam::mixed_precision
