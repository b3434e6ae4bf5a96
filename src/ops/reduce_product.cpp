// Prod and EuclideanNorm over any axes; L2Loss over all.
#include <cmath>

#include "ops/float_to_int.h"
#include "ops/reduce_sum.h"

namespace hornbeam {
namespace {

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

struct EuclideanNormFn : SumFn {
  static constexpr const char* kName = "EuclideanNorm";
  template <class A, class C>
  static A add(A acc, C x) {
    return wrap_add(acc, wrap_mul(static_cast<A>(x), static_cast<A>(x)));
  }
  template <class A>
  static A finish(A acc, std::int64_t) {
    if constexpr (std::is_integral_v<A>)
      return float_to<A>(std::sqrt(static_cast<double>(acc)));  // may have wrapped
    else
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
  return reduce_kernel<L2LossFn, FloatTypes>(spec.inputs[0].dtype, ReducePlan(in, std::vector<bool>(in.rank(), true)));
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(reduce_product) {
  using namespace hornbeam;
  add_op(reduction<ProdFn>(prod_gradient));
  add_op(reduction<EuclideanNormFn>(euclidean_norm_gradient));
  add_op(OpDef(L2LossFn::kName)
             .input("t: T")
             .output("output: T")
             .attr("T: type")
             .shape(scalar_shape)
             .kernel(l2_loss_kernel)
             .gradient([](const GradientContext& c) -> Tensors { return {c.input(0) * c.grad()}; }));
}
