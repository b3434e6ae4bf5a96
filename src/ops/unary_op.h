// Element-wise ops of one input, each given as a functor:
//
//   struct ExpFn {
//     static constexpr const char* kName = "Exp";
//     template <class C> static C apply(C x);   // C: compute_t of the dtype
//   };
//
// One with kFast, a kernels::Unary, is computed in vectors for float32. `static Tensor gradient(dy, x, y)` is its
// gradient; a functor without one (steps, tests of bits) has none.
#pragma once

#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/kernels/eltwise.h"

namespace hornbeam {

namespace detail {
template <class Fn>
concept FastUnary = requires {
  Fn::kFast;
};
// The parameter of a fast function that has one (elu).
template <class Fn>
constexpr float alpha_of() {
  if constexpr (requires { Fn::kAlpha; }) {
    return Fn::kAlpha;
  } else {
    return 0;
  }
}
template <class Fn>
concept HasGradient1 = requires(const Tensor& t) {
  Fn::gradient(t, t, t);
};
template <class Fn>
concept KnowsStorage1 = requires {
  Fn::template apply_as<float, float>(0.0F);
};
}  // namespace detail

template <class Fn, class List, bool kToBool = false>
std::unique_ptr<Kernel> unary_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  return dispatch<List>(spec.inputs[0].dtype, Fn::kName, [&]<class T>() -> std::unique_ptr<Kernel> {
    using R = std::conditional_t<kToBool, bool, T>;
    return make_kernel([n](const KernelRun& io) {
      using C = compute_t<T>;
      const T* x = io.input<T>(0);
      R* y = io.output<R>(0);
      if constexpr (detail::FastUnary<Fn>) {
        if constexpr (std::is_same_v<T, float>) return kernels::map({Fn::kFast, detail::alpha_of<Fn>()}, n, x, y);
      }
      kernels::parallel_for(n, 4096, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          if constexpr (detail::KnowsStorage1<Fn>) {
            y[i] = static_cast<R>(Fn::template apply_as<C, T>(static_cast<C>(x[i])));
          } else {
            y[i] = static_cast<R>(Fn::template apply<C>(static_cast<C>(x[i])));
          }
        }
      });
    });
  });
}

template <class Fn, class List, bool kToBool = false>
OpDef unary_op(const char* name = Fn::kName, const char* x = "x: T", const char* y = nullptr) {
  auto op = OpDef(name)
                .input(x)
                .output(y         ? y
                        : kToBool ? "y: bool"
                                  : "y: T")
                .attr("T: type")
                .shape(same_shape)
                .kernel(unary_kernel<Fn, List, kToBool>)
                .elementwise();
  if constexpr (detail::HasGradient1<Fn>) {
    return std::move(op).gradient(
        [](const GradientContext& c) -> Tensors { return {Fn::gradient(c.grad(), c.input(0), c.output())}; });
  } else {
    return std::move(op).no_gradient();
  }
}

}  // namespace hornbeam
