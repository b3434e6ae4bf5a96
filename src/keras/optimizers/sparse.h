// Gradients of picked rows: what Keras knows as IndexedSlices.
#pragma once

#include <functional>

#include "hornbeam/tensor.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

// Of a gradient inside a trace that only sums what was picked from a variable of this shape (Embedding's, clipped or
// not): which rows were picked, [rows, 1, ...] of bool. Undefined for every other gradient.
//
// Legacy optimizers with momentum leave the other rows and their slots alone; all other rules do the same for a
// gradient of zeros.
Tensor picked_rows(const Tensor& gradient, const Shape& variable);

// The squares of such a gradient as Keras 3 sums them: of every pick alone, where a row was picked more than once.
// (Keras 2 adds the picks up first.) Undefined for every other gradient. It may have been clipped, and divided
// by a loss scale.
Tensor picked_squares(const Tensor& gradient, const Shape& variable);
// The same of magnitudes.
Tensor picked_magnitudes(const Tensor& gradient, const Shape& variable);
// Such a gradient with `change` made of every pick alone; it may have been divided by a loss scale. Undefined for every
// other gradient.
Tensor map_picks(const Tensor& gradient, const Shape& variable, const std::function<Tensor(const Tensor&)>& change);
// The squares of any gradient: those of picked_squares where they are defined.
Tensor squared(const Tensor& gradient, const Shape& variable);

// All of them added up, in the order of the picks.
Tensor sum_of_squares(const Tensor& gradient);

// Of the rows that `picked` says (undefined: of all): variable = value.
void assign_rows(const Tensor& picked, const Variable& variable, const Tensor& value);

}  // namespace hornbeam
