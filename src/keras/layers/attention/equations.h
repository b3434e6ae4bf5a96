// Equations of the einsums that attention over any axes of any rank is made of, as Keras writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/shape.hpp"

namespace hornbeam {

// "abc,cde->abde": the last `bound` dims of the input, of which it has `free` before them, become `made` others.
struct ProjectionEquation {
  std::string equation, bias_axes;
  Shape output_shape;  // without the batch; None where the input says it
};
ProjectionEquation projection_equation(std::size_t free, std::size_t bound, const std::vector<std::int64_t>& made);

// Of projected tensors of this rank, (batch, ..., heads, channels).
struct AttentionEquations {
  std::string dot_product;  // of key and query
  std::string combine;      // of scores and value
  std::size_t scores_rank;
};
// Throws IndexError in NumPy's words on an axis that the rank does not have.
AttentionEquations attention_equations(std::size_t rank, const std::vector<std::int64_t>& axes);

}  // namespace hornbeam
