// Two inputs of a broadcasting op walked together, row by row of the output.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/dim_index.h"
#include "ops/op_def.h"

namespace hornbeam {

// The output's dims with equal neighbours joined, and each input's strides along them (0 where it repeats). The last
// joined dim is the row: along it an input moves by 1 or stays.
struct BroadcastPlan {
  BroadcastPlan(const Shape& a, const Shape& b, const Shape& out);

  std::vector<std::int64_t> dims, stride_a, stride_b;  // of the rows, outermost first
  std::int64_t rows = 1, row = 1;
  std::int64_t step_a = 0, step_b = 0;  // along a row: 0 or 1

  // fn(offset_a, offset_b, offset_out, count) for the pieces of the output's elements [begin, end), in order.
  template <class Fn>
  void walk(std::int64_t begin, std::int64_t end, Fn&& fn) const {
    if (begin >= end) return;
    std::int64_t r = begin / row, within = begin % row, a = 0, b = 0;
    DimIndex index(dims.size());
    for (std::size_t i = dims.size(), rest = static_cast<std::size_t>(r); i-- > 0;) {
      const auto d = static_cast<std::size_t>(dims[i]);
      index[i] = static_cast<std::int64_t>(rest % d);
      rest /= d;
      a += index[i] * stride_a[i];
      b += index[i] * stride_b[i];
    }
    while (begin < end) {
      const auto count = row - within < end - begin ? row - within : end - begin;
      fn(a + within * step_a, b + within * step_b, begin, count);
      begin += count;
      within = 0;
      for (std::size_t i = dims.size(); i-- > 0;) {
        a += stride_a[i];
        b += stride_b[i];
        if (++index[i] < dims[i]) break;
        a -= stride_a[i] * dims[i];
        b -= stride_b[i] * dims[i];
        index[i] = 0;
      }
    }
  }
};

// Shape rules.
std::vector<Shape> broadcast_shape(const ShapeContext& c);  // of inputs 0 and 1
std::vector<Shape> same_shape(const ShapeContext& c);       // of input 0

}  // namespace hornbeam
