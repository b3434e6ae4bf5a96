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

// The op for one dtype: y[i] = f(x[i]).
using UnaryLoop = void (*)(const void* x, void* y, std::int64_t n);

template <class Fn, class T, class R>
void unary_loop(const void* px, void* py, std::int64_t n) {
  using C = compute_t<T>;
  const T* x = static_cast<const T*>(px);
  R* y = static_cast<R*>(py);
  for (std::int64_t i = 0; i < n; ++i) {
    if constexpr (KnowsStorage1<Fn>) {
      y[i] = static_cast<R>(Fn::template apply_as<C, T>(static_cast<C>(x[i])));
    } else {
      y[i] = static_cast<R>(Fn::template apply<C>(static_cast<C>(x[i])));
    }
  }
}

std::unique_ptr<Kernel> unary_loop_kernel(const KernelSpec& spec, UnaryLoop loop);
std::unique_ptr<Kernel> fast_unary_kernel(const KernelSpec& spec, kernels::Activation f);  // of float32
}  // namespace detail

template <class Fn, class List, bool kToBool = false>
std::unique_ptr<Kernel> unary_kernel(const KernelSpec& spec) {
  if constexpr (detail::FastUnary<Fn>) {
    if (spec.inputs[0].dtype == DType::float32) {
      return detail::fast_unary_kernel(spec, {Fn::kFast, detail::alpha_of<Fn>()});
    }
  }
  return detail::unary_loop_kernel(spec,
                                   dispatch<List>(spec.inputs[0].dtype, Fn::kName, []<class T>() -> detail::UnaryLoop {
                                     return detail::unary_loop<Fn, T, std::conditional_t<kToBool, bool, T>>;
                                   }));
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
