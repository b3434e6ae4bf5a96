#include "keras/layers/image/rectangles.h"

#include "hornbeam/ops.hpp"
#include "keras/layers/image/draws.h"

namespace hornbeam {
namespace {

// Which of the places 0, 1, ... along a dim are in the span: [batch, n].
Tensor covered(const Span& span, const Tensor& length) {
  const auto at = ops::cast(
      ops::range(Tensor::scalar(std::int32_t{0}), ops::cast(length, DType::int32), Tensor::scalar(std::int32_t{1})),
      span.begin.dtype());
  const auto row = ops::expand_dims(at, 0);
  return ops::logical_and(ops::greater_equal(row, ops::expand_dims(span.begin, 1)),
                          ops::less(row, ops::expand_dims(span.end, 1)));
}

}  // namespace

Span span_of(const Tensor& share, const Tensor& length, const Tensor& unit) {
  const auto n = ops::cast(length, share.dtype()), part = share * n;
  const auto begin = unit * (n - part);
  return {begin, begin + part};
}

Tensor inside(const Span& x, const Span& y, const Tensor& height, const Tensor& width) {
  const auto rows = ops::expand_dims(ops::expand_dims(covered(y, height), 2), 3);
  const auto columns = ops::expand_dims(ops::expand_dims(covered(x, width), 1), 3);
  return ops::logical_and(rows, columns);
}

}  // namespace hornbeam
