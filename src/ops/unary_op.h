// Element-wise ops of one input, each given as a functor:
//
//   struct ExpFn {
//     static constexpr const char* kName = "Exp";
//     template <class C> static C apply(C x);   // C: compute_t of the dtype
//   };
#pragma once

#include "ops/broadcast.h"
#include "ops/dispatch.h"

namespace hornbeam {

template <class Fn, class List, bool kToBool = false>
std::unique_ptr<Kernel> unary_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  return dispatch<List>(spec.inputs[0].dtype, Fn::kName, [&]<class T>() -> std::unique_ptr<Kernel> {
    using R = std::conditional_t<kToBool, bool, T>;
    return make_kernel([n](const KernelRun& io) {
      using C = compute_t<T>;
      const T* x = io.input<T>(0);
      R* y = io.output<R>(0);
      for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<R>(Fn::template apply<C>(static_cast<C>(x[i])));
    });
  });
}

template <class Fn, class List, bool kToBool = false>
OpDef unary_op(const char* name = Fn::kName, const char* x = "x: T", const char* y = nullptr) {
  return OpDef(name)
      .input(x)
      .output(y         ? y
              : kToBool ? "y: bool"
                        : "y: T")
      .attr("T: type")
      .shape(same_shape)
      .kernel(unary_kernel<Fn, List, kToBool>)
      .elementwise();
}

}  // namespace hornbeam
