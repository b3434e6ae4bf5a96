// Comparisons, %, logic and slices of tensors, beside the arithmetic operators of ops_math.hpp.
//
// As everything in ops they compute on concrete tensors, append to a traced function, and make layers of symbolic Keras
// tensors, those that Keras makes of the same operator. What C++ has no operator for:
//
//   x // y   ops::floor_div(x, y)        x == y   ops::equal(x, y)        x ** y   ops::pow(x, y)
//   abs(x)   ops::abs(x)                 x != y   ops::not_equal(x, y)    x @ y    ops::matmul(x, y)
//   x[:, 1:3]         ops::getitem(x, {Slice{}, Slice{1, 3}})
//   x[:, 0]           ops::getitem(x, {Slice{}, 0})
//   x[..., ::2]       ops::getitem(x, {Ellipsis{}, Slice{.step = 2}})
//   x[:, None, :-1]   ops::getitem(x, {Slice{}, NewAxis{}, Slice{.stop = -1}})
//
// (== and != would hide whether identity or values are meant.) Two Variables side by side compare as the pointers they
// are: read one first, Tensor(v) < w. Errors and thread-safety as ops_math.hpp.
#pragma once

#include <concepts>
#include <optional>
#include <variant>
#include <vector>

#include "hornbeam/ops_math.hpp"

namespace hornbeam {

// Python's start:stop:step; each may be left out.
struct Slice {
  std::optional<std::int64_t> start = {}, stop = {}, step = {};
};
struct NewAxis {};   // a new dim of size 1 (Python's None)
struct Ellipsis {};  // all dims that no other item speaks of

// One item of x[...]: an index, which drops its dim, a slice, a new axis or the ellipsis.
class SliceItem {
 public:
  template <std::integral I>
  SliceItem(I index) : value_(static_cast<std::int64_t>(index)) {}
  SliceItem(const Slice& slice) : value_(slice) {}
  SliceItem(NewAxis item) : value_(item) {}
  SliceItem(Ellipsis item) : value_(item) {}
  template <class T>
  const T* get() const {
    return std::get_if<T>(&value_);
  }

 private:
  std::variant<std::int64_t, Slice, NewAxis, Ellipsis> value_;
};

namespace ops {
// x[items]. Throws InvalidArgumentError when an index is out of bounds, ValueError on more than 32 items.
Tensor getitem(const Tensor& x, const std::vector<SliceItem>& items);
}  // namespace ops

// `mirrored`: what Python calls when a number stands on the left: 0.5 < x is x > 0.5.
#define HB_BINARY_OPERATOR(symbol, function, mirrored)                                            \
  inline Tensor operator symbol(const Tensor& x, const Tensor& y) { return ops::function(x, y); } \
  template <Number T>                                                                             \
  Tensor operator symbol(const Tensor& x, T y) {                                                  \
    return ops::function(x, y);                                                                   \
  }                                                                                               \
  template <Number T>                                                                             \
  Tensor operator symbol(T x, const Tensor& y) {                                                  \
    return mirrored;                                                                              \
  }
HB_BINARY_OPERATOR(<, less, ops::greater(y, x))
HB_BINARY_OPERATOR(<=, less_equal, ops::greater_equal(y, x))
HB_BINARY_OPERATOR(>, greater, ops::less(y, x))
HB_BINARY_OPERATOR(>=, greater_equal, ops::less_equal(y, x))
HB_BINARY_OPERATOR(%, mod, ops::mod(x, y))  // sign of the divisor, as Python's
#undef HB_BINARY_OPERATOR

// Of bools, element by element.
inline Tensor operator&(const Tensor& x, const Tensor& y) { return ops::logical_and(x, y); }
inline Tensor operator|(const Tensor& x, const Tensor& y) { return ops::logical_or(x, y); }
inline Tensor operator^(const Tensor& x, const Tensor& y) { return ops::logical_xor(x, y); }
inline Tensor operator~(const Tensor& x) { return ops::logical_not(x); }

}  // namespace hornbeam
