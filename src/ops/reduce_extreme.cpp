// Max, Min, All and Any over any axes.
#include <limits>

#include "ops/reduce.h"

namespace hornbeam {
namespace {

// NaN anywhere is the result.
struct MaxFn {
  static constexpr const char* kName = "Max";
  template <class T>
  using Acc = compute_t<T>;
  template <class A>
  static A init() {
    return std::numeric_limits<A>::has_infinity ? -std::numeric_limits<A>::infinity()
                                                : std::numeric_limits<A>::lowest();
  }
  template <class A>
  static A add(A acc, A x) {
    return acc >= x || acc != acc ? acc : x;
  }
  template <class A>
  static A join(A a, A b) {
    return add(a, b);
  }
  template <class A>
  static A finish(A acc, std::int64_t) {
    return acc;
  }
};
struct MinFn : MaxFn {
  static constexpr const char* kName = "Min";
  template <class A>
  static A init() {
    return std::numeric_limits<A>::has_infinity ? std::numeric_limits<A>::infinity() : std::numeric_limits<A>::max();
  }
  template <class A>
  static A add(A acc, A x) {
    return acc <= x || acc != acc ? acc : x;
  }
  template <class A>
  static A join(A a, A b) {
    return add(a, b);
  }
};
struct AllFn : MaxFn {
  static constexpr const char* kName = "All";
  template <class A>
  static A init() {
    return true;
  }
  static bool add(bool a, bool b) { return a && b; }
  static bool join(bool a, bool b) { return a && b; }
};
struct AnyFn : MaxFn {
  static constexpr const char* kName = "Any";
  template <class A>
  static A init() {
    return false;
  }
  static bool add(bool a, bool b) { return a || b; }
  static bool join(bool a, bool b) { return a || b; }
};

template <class Fn>
OpDef bool_reduction() {
  return OpDef(Fn::kName)
      .input("input: bool")
      .input("reduction_indices: Tidx")
      .output("output: bool")
      .attr("keep_dims: bool = false")
      .attr("Tidx: type = int32")
      .shape(reduce_shape)
      .kernel(reduce_kernel<Fn, Types<bool>>)
      .no_gradient();
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(reduce_extreme) {
  using namespace hornbeam;
  add_op(reduction<MaxFn>(extreme_gradient));
  add_op(reduction<MinFn>(extreme_gradient));
  add_op(bool_reduction<AllFn>());
  add_op(bool_reduction<AnyFn>());
}
