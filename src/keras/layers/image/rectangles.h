// Rectangles anywhere in images.
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Where a rectangle begins and ends along one dim; floats [batch].
struct Span {
  Tensor begin, end;
};
// `share` of a dim of that length, from anywhere in it. `unit`: uniform numbers between 0 and 1, [batch].
Span span_of(const Tensor& share, const Tensor& length, const Tensor& unit);
// [batch, height, width, 1]: true inside.
Tensor inside(const Span& x, const Span& y, const Tensor& height, const Tensor& width);

}  // namespace hornbeam
