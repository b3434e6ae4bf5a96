// Element-wise ops of two broadcasting inputs, each given as a functor:
//
//   struct AddFn {
//     static constexpr const char* kName = "AddV2";
//     template <class C> static C apply(C x, C y);   // C: compute_t of the dtype
//   };
//
// A functor with check(const T* y, n) looks at the whole second input before anything is computed. One with kFast, a
// kernels::Binary, is computed in vectors for float32. One with apply_as<C, T>(x, y) is told the stored type as well.
// `static Tensor gradient_x(dz, x, y, z)` and gradient_y are its gradients, of the broadcast shape; without them it has
// none.
#pragma once

#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/kernels/eltwise.h"

namespace hornbeam {

namespace detail {

template <class Fn>
concept FastBinary = requires {
  Fn::kFast;
};
template <class Fn>
concept HasGradient2 = requires(const Tensor& t) {
  Fn::gradient_x(t, t, t, t);
};
template <class Fn>
concept KnowsStorage = requires {
  Fn::template apply_as<float, float>(0.0F, 0.0F);
};
template <class Fn, class T>
concept ChecksSecond = requires(const T* y) {
  Fn::check(y, std::int64_t{});
};

// An op for one dtype. There is one of these per op and dtype, so what does not depend on them is compiled once.
struct BinaryLoops {
  // n results of a row; along it an input moves by 1 or stays (step 0).
  void (*row)(const void* x, std::int64_t step_x, const void* y, std::int64_t step_y, void* out, std::int64_t n);
  void (*check)(const void* y, std::int64_t n);  // may be null
};

template <class Fn, class T, class R>
void binary_row(const void* px, std::int64_t step_x, const void* py, std::int64_t step_y, void* out, std::int64_t n) {
  using C = compute_t<T>;
  const auto f = [](const T& a, const T& b) -> R {
    if constexpr (std::is_same_v<T, std::string>) {
      return static_cast<R>(Fn::template apply<const T&>(a, b));
    } else if constexpr (KnowsStorage<Fn>) {
      return static_cast<R>(Fn::template apply_as<C, T>(static_cast<C>(a), static_cast<C>(b)));
    } else {
      return static_cast<R>(Fn::template apply<C>(static_cast<C>(a), static_cast<C>(b)));
    }
  };
  const T *x = static_cast<const T*>(px), *y = static_cast<const T*>(py);
  R* o = static_cast<R*>(out);
  if (step_x && step_y) {
    for (std::int64_t i = 0; i < n; ++i) o[i] = f(x[i], y[i]);
  } else if (step_x) {
    const T s = *y;
    for (std::int64_t i = 0; i < n; ++i) o[i] = f(x[i], s);
  } else {
    const T s = *x;
    for (std::int64_t i = 0; i < n; ++i) o[i] = f(s, y[step_y ? i : 0]);
  }
}

template <class Fn, class T, class R>
BinaryLoops binary_loops() {
  BinaryLoops loops{binary_row<Fn, T, R>, nullptr};
  if constexpr (ChecksSecond<Fn, T>) {
    loops.check = [](const void* y, std::int64_t n) { Fn::check(static_cast<const T*>(y), n); };
  }
  return loops;
}

std::unique_ptr<Kernel> binary_loops_kernel(const KernelSpec& spec, BinaryLoops loops);
std::unique_ptr<Kernel> fast_binary_kernel(const KernelSpec& spec, kernels::Binary op);  // of float32

}  // namespace detail

template <class Fn, class List, bool kToBool>
std::unique_ptr<Kernel> binary_kernel(const KernelSpec& spec) {
  if constexpr (detail::FastBinary<Fn>) {
    if (spec.inputs[0].dtype == DType::float32) return detail::fast_binary_kernel(spec, Fn::kFast);
  }
  return detail::binary_loops_kernel(spec, dispatch<List>(spec.inputs[0].dtype, Fn::kName, []<class T>() {
                                       return detail::binary_loops<Fn, T, std::conditional_t<kToBool, bool, T>>();
                                     }));
}

template <class Fn>
Tensors binary_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &y = c.input(1), &z = c.output();
  const auto dz = c.grad();
  const BroadcastSums sums(x, y);
  return {c.if_wanted(0, [&] { return sums.to_x(Fn::gradient_x(dz, x, y, z)); }),
          c.if_wanted(1, [&] { return sums.to_y(Fn::gradient_y(dz, x, y, z)); })};
}

template <class Fn, class List, bool kToBool = false>
OpDef binary_op(const char* name = Fn::kName, const char* x = "x: T", const char* y = "y: T") {
  auto op = OpDef(name)
                .input(x)
                .input(y)
                .output(kToBool ? "z: bool" : "z: T")
                .attr("T: type")
                .shape(broadcast_shape)
                .kernel(binary_kernel<Fn, List, kToBool>)
                .elementwise();
  if constexpr (detail::HasGradient2<Fn>) {
    return std::move(op).gradient(binary_gradient<Fn>);
  } else {
    return std::move(op).no_gradient();
  }
}

}  // namespace hornbeam
