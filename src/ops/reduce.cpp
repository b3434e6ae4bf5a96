// Sum, Mean, Prod, Max, Min, All, Any, EuclideanNorm over any axes; L2Loss over all.
#include "ops/reduce.h"

#include <cmath>
#include <limits>

#include "ops/integer_math.h"
#include "ops/kernels/pool.h"

namespace hornbeam {

ReducePlan::ReducePlan(const Shape& in, const std::vector<bool>& reduced) {
  struct Dim {
    std::int64_t size, stride;
    bool reduced;
  };
  std::vector<Dim> joined;
  std::int64_t stride = 1;
  for (std::size_t i = in.rank(); i-- > 0;) {
    if (in[i] == 1) continue;
    if (!joined.empty() && joined.back().reduced == reduced[i]) {
      joined.back().size *= in[i];
    } else {
      joined.push_back({in[i], stride, reduced[i]});
    }
    stride *= in[i];
  }
  if (joined.empty()) return;
  inner = joined[0].size;
  inner_reduced = joined[0].reduced;
  for (std::size_t i = joined.size(); i-- > 1;) {
    const auto& d = joined[i];
    (d.reduced ? gone : kept).push_back(d.size);
    (d.reduced ? gone_stride : kept_stride).push_back(d.stride);
    (d.reduced ? gone_total : kept_total) *= d.size;
  }
}

std::vector<Shape> reduce_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const bool keep = c.attrs().b("keep_dims");
  const auto axes = c.ints(1);
  if (!in.has_rank()) {
    if (axes && !keep && axes->empty()) return {in};
    return {Shape::unknown()};
  }
  if (!axes) {
    const auto& s = c.shape(1);
    const bool none = s.has_rank() && s.rank() == 1 && s[0] == 0;
    if (none) return {in};
    return {keep ? Shape(std::vector<std::int64_t>(in.rank(), None)) : Shape::unknown()};
  }
  const auto reduced = reduced_dims(in.rank(), *axes);
  Shape out;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    if (!reduced[i]) {
      out.push_back(in[i]);
    } else if (keep) {
      out.push_back(1);
    }
  }
  return {out};
}

namespace {

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
template <class T>
struct WideMean {
  using type = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
};
template <>
struct WideMean<float> : WideSum<float> {};
template <>
struct WideMean<double> : WideSum<double> {};
template <>
struct WideMean<Float16> : WideSum<Float16> {};
template <>
struct WideMean<BFloat16> : WideSum<BFloat16> {};

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

struct MeanFn : SumFn {
  static constexpr const char* kName = "Mean";
  template <class T>
  using Acc = typename WideMean<T>::type;
  template <class A>
  static A finish(A acc, std::int64_t n) {
    if constexpr (std::is_integral_v<A>) {
      return n ? acc / static_cast<A>(n) : A{};
    } else {
      return acc / static_cast<A>(n);
    }
  }
};

// Half products are kept in half, as TensorFlow's: a long one overflows all the same.
struct ProdFn : SumFn {
  static constexpr const char* kName = "Prod";
  template <class T>
  using Acc = std::conditional_t<std::is_same_v<T, Float16>, Float16, typename WideSum<T>::type>;
  template <class A>
  static A init() {
    return A(1);
  }
  template <class A, class C>
  static A add(A acc, C x) {
    if constexpr (std::is_same_v<A, Float16>) {
      return Float16(static_cast<float>(acc) * x);
    } else {
      return wrap_mul(acc, static_cast<A>(x));
    }
  }
  template <class A>
  static A join(A a, A b) {
    return add(a, static_cast<compute_t<A>>(b));
  }
};

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

struct EuclideanNormFn : SumFn {
  static constexpr const char* kName = "EuclideanNorm";
  template <class A, class C>
  static A add(A acc, C x) {
    return wrap_add(acc, wrap_mul(static_cast<A>(x), static_cast<A>(x)));
  }
  template <class A>
  static A finish(A acc, std::int64_t) {
    return static_cast<A>(std::sqrt(acc));
  }
};
struct L2LossFn : EuclideanNormFn {
  static constexpr const char* kName = "L2Loss";
  template <class A>
  static A finish(A acc, std::int64_t) {
    return acc / A(2);
  }
};

std::vector<Shape> scalar_shape(const ShapeContext&) { return {Shape{}}; }

std::unique_ptr<Kernel> l2_loss_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const ReducePlan plan(in, std::vector<bool>(in.rank(), true));
  return dispatch<FloatTypes>(spec.inputs[0].dtype, L2LossFn::kName, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel(
        [plan](const KernelRun& io) { detail::reduce_all<L2LossFn>(plan, io.input<T>(0), io.output<T>(0)); });
  });
}

// The mean over an image's pixels, [n, pixels, channels] -> [n, channels] in float32: global average pooling.
std::unique_ptr<Kernel> mean_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const ReducePlan p(in, reduced_dims(in.rank(), spec.ints(1)));
  const bool pixels = !p.inner_reduced && p.gone.size() == 1 && p.gone_stride[0] == p.inner && p.kept.size() <= 1 &&
                      (p.kept.empty() || p.kept_stride[0] == p.inner * p.gone[0]);
  if (!pixels || spec.inputs[0].dtype != DType::float32 || in.num_elements() == 0) {
    return reduce_kernel<MeanFn, NumberTypes>(spec);
  }
  return make_part_kernel(4.0 * static_cast<double>(in.num_elements()),
                          [n = p.kept_total, count = p.gone[0], c = p.inner](const KernelRun& io, kernels::Part part) {
                            kernels::global_pool_part(kernels::Pooling::kAverage, n, count, c, io.input<float>(0),
                                                      io.output<float>(0), part);
                          });
}

// A sum over no dim, or over dims of one, is a copy, and none when it may be made in place (gradients of what might
// have been broadcast but was not are such sums).
std::unique_ptr<Kernel> sum_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  if (spec.inputs[0].shape.num_elements() != n || spec.inputs[0].dtype != DType::float32) {
    return reduce_kernel<SumFn, NumberTypes>(spec);
  }
  reduced_dims(spec.inputs[0].shape.rank(), spec.ints(1));
  return make_kernel([n](const KernelRun& io) {
    if (io.output<float>(0) == io.input<float>(0)) return;
    kernels::parallel_for(n, 65536, [&](std::int64_t begin, std::int64_t end) {
      std::copy_n(io.input<float>(0) + begin, end - begin, io.output<float>(0) + begin);
    });
  });
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

HB_REGISTER(reduce) {
  using namespace hornbeam;
  add_op(reduction<SumFn>(sum_gradient, sum_kernel).elementwise());
  add_op(reduction<MeanFn>(mean_gradient, mean_kernel));
  add_op(reduction<ProdFn>(prod_gradient));
  add_op(reduction<MaxFn>(extreme_gradient));
  add_op(reduction<MinFn>(extreme_gradient));
  add_op(reduction<EuclideanNormFn>(euclidean_norm_gradient));
  add_op(bool_reduction<AllFn>());
  add_op(bool_reduction<AnyFn>());
  add_op(OpDef(L2LossFn::kName)
             .input("t: T")
             .output("output: T")
             .attr("T: type")
             .shape(scalar_shape)
             .kernel(l2_loss_kernel)
             .gradient([](const GradientContext& c) -> Tensors { return {c.input(0) * c.grad()}; }));
}
