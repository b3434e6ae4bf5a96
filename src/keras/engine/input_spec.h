// The check of a layer's inputs against its InputSpecs, in Keras's words.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// 2.2 prints shapes as lists: "[None, 4]".
std::string as_list(const Shape& shape);
// Throws ValueError.
void check_input_specs(const std::vector<InputSpec>& specs, const std::vector<Tensor>& inputs,
                       const std::string& layer);
// Of layers whose specs say a whole shape, for inputs of its rank: 2.2 has other words for those. Throws ValueError.
void check_input_shapes(const std::vector<InputSpec>& specs, const std::vector<Tensor>& inputs,
                        const std::string& layer);
// The words for a wrong number of inputs, and for an input that a model's own does not fit.
[[noreturn]] void throw_input_count(std::size_t wanted, const std::vector<Tensor>& inputs, const std::string& layer);
[[noreturn]] void throw_input_shape(std::size_t index, const Shape& wanted, Shape found, const std::string& layer);

}  // namespace hornbeam
