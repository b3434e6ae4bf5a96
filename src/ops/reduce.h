// Reductions, each given as a functor:
//
//   struct SumFn {
//     static constexpr const char* kName = "Sum";
//     template <class T> using Acc = ...;                         // wide enough for long sums
//     template <class A> static A init();
//     template <class A, class C> static A add(A acc, C x);       // one element
//     template <class A> static A join(A a, A b);                 // two partial results
//     template <class A> static A finish(A acc, std::int64_t n);  // of n elements
//   };
#pragma once

#include <algorithm>

#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/kernels/parallel.h"
#include "ops/op_def.h"

namespace hornbeam {

// The input's dims, equal neighbours joined, split into kept and reduced ones; the last one apart.
struct ReducePlan {
  ReducePlan(const Shape& in, const std::vector<bool>& reduced);

  std::vector<std::int64_t> kept, kept_stride, gone, gone_stride;
  std::int64_t kept_total = 1, gone_total = 1;  // products of the above
  std::int64_t inner = 1;                       // elements of the last joined dim
  bool inner_reduced = false;

  // A kept position is shared out over threads in chunks of so many columns; each output is summed by one, in one
  // order.
  static constexpr std::int64_t kColumns = 64;
  std::int64_t chunks() const { return inner_reduced ? 1 : (inner + kColumns - 1) / kColumns; }

  static std::int64_t offset(std::int64_t index, const std::vector<std::int64_t>& dims,
                             const std::vector<std::int64_t>& strides) {
    std::int64_t result = 0;
    for (std::size_t i = dims.size(); i-- > 0;) {
      result += index % dims[i] * strides[i];
      index /= dims[i];
    }
    return result;
  }
};

std::vector<Shape> reduce_shape(const ShapeContext& c);

// reduce_gradients.cpp
Tensors sum_gradient(const GradientContext& c);
Tensors mean_gradient(const GradientContext& c);
Tensors extreme_gradient(const GradientContext& c);  // of Max and Min
Tensors prod_gradient(const GradientContext& c);
Tensors euclidean_norm_gradient(const GradientContext& c);

namespace detail {

template <class Fn, class A, class T>
A reduce_row(const T* x, std::int64_t n, A acc) {
  using C = compute_t<T>;
  // Where the order shows (half products), as many partial results as TensorFlow keeps.
  constexpr std::int64_t kLanes = std::is_same_v<A, Float16> ? 4 : 8;
  std::int64_t i = 0;
  if (n >= kLanes) {
    A lanes[kLanes];
    std::fill(lanes, lanes + kLanes, Fn::template init<A>());
    for (; i + kLanes <= n; i += kLanes) {
      for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] = Fn::add(lanes[j], static_cast<C>(x[i + j]));
    }
    for (const A lane : lanes) acc = Fn::join(acc, lane);
  }
  for (; i < n; ++i) acc = Fn::add(acc, static_cast<C>(x[i]));
  return acc;
}

// Outputs [begin, end) of the `chunks` that each kept position has.
using ReduceLoop = void (*)(const ReducePlan& p, const void* x, void* y, std::int64_t begin, std::int64_t end);

template <class Fn, class T>
void reduce_chunks(const ReducePlan& p, const void* px, void* py, std::int64_t begin, std::int64_t end) {
  using A = typename Fn::template Acc<T>;
  using C = compute_t<T>;
  const T* x = static_cast<const T*>(px);
  T* y = static_cast<T*>(py);
  const auto count = p.gone_total * (p.inner_reduced ? p.inner : 1);
  const auto store = [count](A acc) { return static_cast<T>(Fn::finish(acc, count)); };
  for (auto i = begin; i < end; ++i) {
    const auto o = i / p.chunks();
    const T* base = x + ReducePlan::offset(o, p.kept, p.kept_stride);
    if (p.inner_reduced) {
      A acc = Fn::template init<A>();
      for (std::int64_t r = 0; r < p.gone_total; ++r) {
        acc = reduce_row<Fn>(base + ReducePlan::offset(r, p.gone, p.gone_stride), p.inner, acc);
      }
      y[o] = store(acc);
      continue;
    }
    const auto first = i % p.chunks() * ReducePlan::kColumns, n = std::min(ReducePlan::kColumns, p.inner - first);
    A acc[ReducePlan::kColumns];
    std::fill(acc, acc + n, Fn::template init<A>());
    for (std::int64_t r = 0; r < p.gone_total; ++r) {
      const T* row = base + ReducePlan::offset(r, p.gone, p.gone_stride) + first;
      for (std::int64_t j = 0; j < n; ++j) acc[j] = Fn::add(acc[j], static_cast<C>(row[j]));
    }
    for (std::int64_t j = 0; j < n; ++j) y[o * p.inner + first + j] = store(acc[j]);
  }
}

std::unique_ptr<Kernel> reduce_loop_kernel(ReducePlan plan, ReduceLoop loop);

}  // namespace detail

template <class Fn, class List>
std::unique_ptr<Kernel> reduce_kernel(DType dtype, ReducePlan plan) {
  return detail::reduce_loop_kernel(
      std::move(plan),
      dispatch<List>(dtype, Fn::kName, []<class T>() -> detail::ReduceLoop { return detail::reduce_chunks<Fn, T>; }));
}

template <class Fn, class List>
std::unique_ptr<Kernel> reduce_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  return reduce_kernel<Fn, List>(spec.inputs[0].dtype, ReducePlan(in, reduced_dims(in.rank(), spec.ints(1))));
}

template <class Fn>
OpDef reduction(GradientFn gradient, KernelFactory kernel = reduce_kernel<Fn, NumberTypes>) {
  return OpDef(Fn::kName)
      .input("input: T")
      .input("reduction_indices: Tidx")
      .output("output: T")
      .attr("keep_dims: bool = false")
      .attr("T: type")
      .attr("Tidx: type = int32")
      .shape(reduce_shape)
      .kernel(kernel)
      .gradient(gradient);
}

}  // namespace hornbeam
