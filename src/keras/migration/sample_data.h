// Data made up for a model: to time it, and to compare it with another.
#pragma once

#include <cstdint>

#include "hornbeam/model.hpp"

namespace hornbeam {

// Unknown dims made known: the batch in front, others 32.
Shape concrete_shape(Shape shape, std::int64_t batch);

// Numbers in [0, 1), the same each time: `which` tells one array from another.
Tensor made_up_uniform(const Shape& shape, std::int64_t which);

// Symbolic tensors as concrete ones: the batch as told, other unknown dims 32; floats in [0, 1), whole numbers zero.
// The same numbers each time. Throws NotImplementedError for strings.
Values random_arrays(const Values& symbolic, std::int64_t batch);

// Labels that the losses of a compiled model take: class numbers where they want such, else numbers as the outputs'.
Values random_labels(const Model& model, std::int64_t rows);

}  // namespace hornbeam
