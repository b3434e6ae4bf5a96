// Element-wise ops of two broadcasting inputs, each given as a functor:
//
//   struct AddFn {
//     static constexpr const char* kName = "AddV2";
//     template <class C> static C apply(C x, C y);   // C: compute_t of the dtype
//   };
//
// A functor with kDivides refuses integer zeros among the divisors before anything is computed. One with kFast, a
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
concept Divides = requires {
  Fn::kDivides;
};
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

template <class Fn, class T, class R>
void binary_rows(const BroadcastPlan& plan, const T* x, const T* y, R* out, std::int64_t begin, std::int64_t end) {
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
  plan.walk(begin, end, [&](std::int64_t ia, std::int64_t ib, std::int64_t io, std::int64_t n) {
    const T *a = x + ia, *b = y + ib;
    R* o = out + io;
    if (plan.step_a && plan.step_b) {
      for (std::int64_t i = 0; i < n; ++i) o[i] = f(a[i], b[i]);
    } else if (plan.step_a) {
      const T s = *b;
      for (std::int64_t i = 0; i < n; ++i) o[i] = f(a[i], s);
    } else {
      const T s = *a;
      for (std::int64_t i = 0; i < n; ++i) o[i] = f(s, b[plan.step_b ? i : 0]);
    }
  });
}

}  // namespace detail

template <class Fn, class List, bool kToBool>
std::unique_ptr<Kernel> binary_kernel(const KernelSpec& spec) {
  const BroadcastPlan plan(spec.inputs[0].shape, spec.inputs[1].shape, spec.outputs[0].shape);
  const auto total = spec.elements(0);
  auto shape = plan.dims, strides_x = plan.stride_a, strides_y = plan.stride_b;
  shape.push_back(plan.row);
  strides_x.push_back(plan.step_a);
  strides_y.push_back(plan.step_b);
  const auto divisors = spec.inputs[1].shape.num_elements();
  return dispatch<List>(spec.inputs[0].dtype, Fn::kName, [&]<class T>() -> std::unique_ptr<Kernel> {
    using R = std::conditional_t<kToBool, bool, T>;
    return make_kernel([=](const KernelRun& io) {
      const T *x = io.input<T>(0), *y = io.input<T>(1);
      if constexpr (detail::Divides<Fn> && std::is_integral_v<T>) {
        for (std::int64_t i = 0; i < divisors && total > 0; ++i) {
          if (y[i] == T{}) throw InvalidArgumentError("Integer division by zero");
        }
      }
      if constexpr (detail::FastBinary<Fn>) {
        if constexpr (std::is_same_v<T, float>) {
          return kernels::binary_broadcast(Fn::kFast, shape, x, strides_x, y, strides_y, io.output<float>(0));
        }
      }
      kernels::parallel_for(total, 16384, [&](std::int64_t begin, std::int64_t end) {
        detail::binary_rows<Fn, T, R>(plan, x, y, io.output<R>(0), begin, end);
      });
    });
  });
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
