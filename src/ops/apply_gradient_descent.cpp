// ResourceApplyGradientDescent; ResourceApplyKerasMomentum, whose accumulator holds steps, and ResourceApplyMomentum,
// whose accumulator holds gradients; _ApplyWeightDecay.
#include "ops/apply_update.h"

namespace hornbeam {
namespace {

// var -= alpha * delta
std::unique_ptr<Kernel> gradient_descent(const KernelSpec& spec) {
  return update_kernel(spec, 1, 2, 48, []<class T>(const KernelRun& io, std::int64_t begin, std::int64_t end) {
    using C = compute_t<T>;
    const C alpha = scalar_input<C, T>(io, 1);
    const T* __restrict g = io.input<T>(2);
    T* __restrict var = variable<T>(io, 0);
    for (auto i = begin; i < end; ++i) var[i] = T(C(var[i]) - C(g[i]) * alpha);
  });
}

// accum = accum * momentum - lr * grad; var += accum (nesterov: accum * momentum - lr * grad)
template <bool kNesterov>
std::unique_ptr<Kernel> keras_momentum_of(const KernelSpec& spec) {
  return update_kernel(spec, 2, 3, 80, []<class T>(const KernelRun& io, std::int64_t begin, std::int64_t end) {
    using C = compute_t<T>;
    const C lr = scalar_input<C, T>(io, 2), momentum = scalar_input<C, T>(io, 4);
    const T* __restrict g = io.input<T>(3);
    T* __restrict var = variable<T>(io, 0);
    T* __restrict accum = variable<T>(io, 1);
    for (auto i = begin; i < end; ++i) {
      const C step = C(g[i]) * lr;
      const C a = C(T(C(accum[i]) * momentum - step));
      accum[i] = T(a);
      var[i] = T(C(var[i]) + (kNesterov ? a * momentum - step : a));
    }
  });
}
std::unique_ptr<Kernel> keras_momentum(const KernelSpec& spec) {
  return spec.attrs.b("use_nesterov") ? keras_momentum_of<true>(spec) : keras_momentum_of<false>(spec);
}

// accum = accum * momentum + grad; var -= lr * accum (nesterov: lr * grad + lr * momentum * accum)
template <bool kNesterov>
std::unique_ptr<Kernel> momentum_of(const KernelSpec& spec) {
  return update_kernel(spec, 2, 3, 80, []<class T>(const KernelRun& io, std::int64_t begin, std::int64_t end) {
    using C = compute_t<T>;
    const C lr = scalar_input<C, T>(io, 2), momentum = scalar_input<C, T>(io, 4);
    const T* __restrict g = io.input<T>(3);
    T* __restrict var = variable<T>(io, 0);
    T* __restrict accum = variable<T>(io, 1);
    for (auto i = begin; i < end; ++i) {
      const C a = C(T(C(accum[i]) * momentum + C(g[i])));
      accum[i] = T(a);
      var[i] = T(C(var[i]) - (kNesterov ? C(g[i]) * lr + a * momentum * lr : a * lr));
    }
  });
}
std::unique_ptr<Kernel> momentum_kernel(const KernelSpec& spec) {
  return spec.attrs.b("use_nesterov") ? momentum_of<true>(spec) : momentum_of<false>(spec);
}

// var -= var * weight_decay * lr
std::unique_ptr<Kernel> weight_decay(const KernelSpec& spec) {
  const auto n = spec.inputs[0].shape.num_elements();
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "_ApplyWeightDecay", [&]<class T>() {
    return make_part_kernel(32.0 * static_cast<double>(n), [=](const KernelRun& io, kernels::Part part) {
      using C = compute_t<T>;
      const auto range = kernels::slice(n, part, 64);
      const C decay = scalar_input<C, T>(io, 1), lr = scalar_input<C, T>(io, 2);
      T* __restrict var = variable<T>(io, 0);
      for (auto i = range.begin; i < range.end; ++i) var[i] = T(C(var[i]) - C(var[i]) * decay * lr);
    });
  });
}

// The gradient stands between the scalars, as TensorFlow has it.
OpDef momentum_op(const char* name) {
  return OpDef(name)
      .input("var: resource")
      .input("accum: resource")
      .input("lr: T")
      .input("grad: T")
      .input("momentum: T")
      .attr("T: type")
      .attr("use_locking: bool = false")
      .attr("use_nesterov: bool = false")
      .shape([](const ShapeContext&) { return std::vector<Shape>(); })
      .stateful()
      .no_gradient();
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(apply_gradient_descent) {
  using namespace hornbeam;
  add_op(update_op("ResourceApplyGradientDescent", {"var"}, {"alpha"}, "delta").kernel(gradient_descent));
  add_op(momentum_op("ResourceApplyKerasMomentum").kernel(keras_momentum));
  add_op(momentum_op("ResourceApplyMomentum").kernel(momentum_kernel));
  // AssignSubVariableOp(var, Mul(Mul(ReadVariableOp(var), weight_decay), lr))
  add_op(update_op("_ApplyWeightDecay", {"var"}, {"weight_decay"}, "lr").kernel(weight_decay));
}
