// What an EinsumDense's equation says of scales: "abc,cde->abde".
#pragma once

#include <string>

#include "hornbeam/layers/quantized.hpp"

namespace hornbeam {

// All throw TypeError for an equation with "...", which Keras cannot quantise either.
QuantizedForm einsum_quantized_form(const std::string& equation, const Shape& kernel);
// The axes of the inputs that are summed over.
std::vector<std::int64_t> einsum_summed_axes(const std::string& equation);
// The inputs' scales, 1 where they were summed over, laid out as the output is.
Tensor einsum_scale_on_output(const std::string& equation, const Tensor& scale);

}  // namespace hornbeam
