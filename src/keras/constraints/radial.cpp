#include "keras/constraints/radial.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

// Where on the diagonal the weight of position (row, column) comes from. In an odd kernel the middle takes the weight
// before it, and each ring around it the weight of the ring inside, as Keras's loop does.
std::int64_t source(std::int64_t row, std::int64_t column, std::int64_t size) {
  const auto start = size / 2;
  const auto ring_of = [&](std::int64_t i) {
    return size % 2 == 1 ? std::abs(i - start) : i < start ? start - 1 - i : i - start;
  };
  const auto ring = std::max(ring_of(row), ring_of(column));
  if (ring == 0) return std::max<std::int64_t>(start - 1, 0);
  return size % 2 == 1 ? start + ring - 1 : start + ring;
}

}  // namespace

Tensor radially_constrained(const Tensor& w) {
  if (w.rank() != 4) {
    throw ValueError("The weight tensor must have rank 4. Received weight tensor with shape: " + w.shape().to_string());
  }
  const auto size = w.shape()[0];
  if (w.shape()[1] != size) {
    throw ValueError("RadialConstraint needs a square kernel. Received weight tensor with shape: " +
                     w.shape().to_string());
  }
  std::vector<std::int64_t> from;
  for (std::int64_t row = 0; row < size; ++row) {
    for (std::int64_t column = 0; column < size; ++column) {
      const auto i = source(row, column, size);
      from.push_back(i * size + i);
    }
  }
  const auto flat = ops::reshape(w, Shape{size * size, w.shape()[2] * w.shape()[3]});
  const auto gathered = ops::gather(flat, Tensor::from({size * size}, from));
  return ops::reshape(gathered, w.shape());
}

}  // namespace hornbeam
