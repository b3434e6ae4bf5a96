#include "keras/engine/op_function_values.h"

#include <algorithm>
#include <numeric>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"

namespace hornbeam::op_calls {

namespace {

bool is_complex(DType t) { return t == DType::complex64 || t == DType::complex128; }

}  // namespace

Tensor as_floats(const Tensor& x) {
  if (is_floating(x.dtype()) || is_complex(x.dtype())) return x;
  return ops::cast(x, dtype_from_name(backend::floatx()));
}

Tensor as_bools(const Tensor& x) { return x.dtype() == DType::boolean ? x : ops::cast(x, DType::boolean); }

Tensor as_numbers(const Tensor& x) { return x.dtype() == DType::boolean ? ops::cast(x, DType::int32) : x; }

Pair promoted(const Tensor& x, const Tensor& y) {
  if (x.dtype() == y.dtype()) return {x, y};
  const auto weight = [](DType t) {
    return is_complex(t) ? 400 : is_floating(t) ? 200 + size_of(t) : t == DType::boolean ? 0 : 100 + size_of(t);
  };
  return weight(x.dtype()) > weight(y.dtype()) ? Pair{x, ops::cast(y, x.dtype())} : Pair{ops::cast(x, y.dtype()), y};
}

std::int64_t rank_of(const Tensor& x) { return static_cast<std::int64_t>(x.shape().rank()); }

std::int64_t axis_of(const Tensor& x, std::int64_t axis) {
  const auto rank = rank_of(x);
  if (axis < -rank || axis >= rank) {
    throw ValueError("axis " + std::to_string(axis) + " is out of bounds for array of dimension " +
                     std::to_string(rank));
  }
  return axis < 0 ? axis + rank : axis;
}

Ints axes_of(const Tensor& x, const Config& axis) {
  Ints axes;
  if (axis.is_null()) {
    axes.resize(x.shape().rank());
    std::iota(axes.begin(), axes.end(), 0);
  } else {
    for (const auto i : axis.as_ints()) axes.push_back(axis_of(x, i));
  }
  return axes;
}

Tensor size_along(const Tensor& x, std::int64_t axis) {
  const auto known = x.shape().dim(axis);
  if (known != None) return Tensor::scalar(static_cast<std::int32_t>(known));
  return ops::reshape(ops::slice(ops::shape(x), {axis_of(x, axis)}, {1}), Shape{});
}

Tensor scalar_like(const Tensor& x, double value) { return ops::scalar(x.dtype(), value); }

Tensor flat(const Tensor& x) { return ops::reshape(x, Shape{None}); }

Tensor moved(const Tensor& x, const Ints& from, const Ints& to) {
  if (from.size() != to.size()) throw ValueError("`source` and `destination` must have the same number of elements");
  Ints sources, perm(x.shape().rank(), -1);
  for (std::size_t i = 0; i < from.size(); ++i) {
    sources.push_back(axis_of(x, from[i]));
    perm[static_cast<std::size_t>(axis_of(x, to[i]))] = sources.back();
  }
  std::int64_t next = 0;
  for (auto& p : perm) {
    if (p >= 0) continue;
    while (std::ranges::find(sources, next) != sources.end()) ++next;
    p = next++;
  }
  return ops::transpose(x, perm);
}

Ints each(const Config& config, std::size_t n) {
  auto values = config.as_ints();
  if (values.size() == 1) values.resize(n, values[0]);
  if (values.size() != n) throw ValueError("expected " + std::to_string(n) + " integers, found " + config.dump());
  return values;
}

}  // namespace hornbeam::op_calls
