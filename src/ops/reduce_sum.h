// What the reductions that add up share.
#pragma once

#include "ops/integer_math.h"
#include "ops/reduce.h"

namespace hornbeam {

// Long sums of floats are kept in double, so that their order does not show.
template <class T>
struct WideSum {
  using type = T;
};
template <>
struct WideSum<float> {
  using type = double;
};
template <>
struct WideSum<Float16> {
  using type = float;
};
template <>
struct WideSum<BFloat16> {
  using type = float;
};
struct SumFn {
  static constexpr const char* kName = "Sum";
  template <class T>
  using Acc = typename WideSum<T>::type;
  template <class A>
  static A init() {
    return A{};
  }
  template <class A, class C>
  static A add(A acc, C x) {
    return wrap_add(acc, static_cast<A>(x));
  }
  template <class A>
  static A join(A a, A b) {
    return wrap_add(a, b);
  }
  template <class A>
  static A finish(A acc, std::int64_t) {
    return acc;
  }
};

}  // namespace hornbeam
