// What the functions of op layers make of their arguments before they compute.
#pragma once

#include "hornbeam/ops.hpp"
#include "keras/engine/op_call.h"
#include "ops/op_def.h"

namespace hornbeam::op_calls {

using Ints = std::vector<std::int64_t>;

inline Values several(const std::vector<Tensor>& tensors) { return Values(tensors); }

// Keras 3's casts: what is no float becomes floatx(), what is no bool is compared with 0, bools become int32.
Tensor as_floats(const Tensor& x);
Tensor as_bools(const Tensor& x);
Tensor as_numbers(const Tensor& x);
// Both in the dtype that Keras 3 computes in.
struct Pair {
  Tensor x, y;
};
Pair promoted(const Tensor& x, const Tensor& y);

std::int64_t rank_of(const Tensor& x);
// In [0, rank). Throws ValueError when it is in no dim.
std::int64_t axis_of(const Tensor& x, std::int64_t axis);
// The axes that a config names, all where it is null; in [0, rank).
Ints axes_of(const Tensor& x, const Config& axis);
// The size along an axis, an int32 scalar; it need not be known.
Tensor size_along(const Tensor& x, std::int64_t axis);
Tensor scalar_like(const Tensor& x, double value);
Tensor flat(const Tensor& x);
// Axes moved as numpy.moveaxis does.
Tensor moved(const Tensor& x, const Ints& from, const Ints& to);
// A list of ints, or one int for each of n.
Ints each(const Config& config, std::size_t n);

template <Tensor (*F)(const Tensor&)>
Values on_floats(const OpCall& a) {
  return F(as_floats(a.tensor(0)));
}

}  // namespace hornbeam::op_calls
