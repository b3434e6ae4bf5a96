// ResourceApplyAdam and ResourceApplyAdamWithAmsgrad; _ApplyAdam, which is told what the former work out from their
// scalars: newer Keras rounds them otherwise.
#include <cmath>

#include "ops/apply_update.h"
#include "ops/kernels/adam.h"

namespace hornbeam {
namespace {

// Coefficients of one step: m += (g - m) * rest1; v += (g^2 - v) * rest2; var -= m * alpha / (sqrt(v) + epsilon).
template <class C>
struct Step {
  C alpha, beta1, rest1, rest2, epsilon;
};

// The first of TensorFlow's scalars is input `at`.
template <class C, class T>
Step<C> step_from_powers(const KernelRun& io, std::size_t at) {
  const C power1 = scalar_input<C, T>(io, at), power2 = scalar_input<C, T>(io, at + 1);
  const C lr = scalar_input<C, T>(io, at + 2);
  const C beta1 = scalar_input<C, T>(io, at + 3), beta2 = scalar_input<C, T>(io, at + 4);
  return {lr * std::sqrt(C(1) - power2) / (C(1) - power1), beta1, C(1) - beta1, C(1) - beta2,
          scalar_input<C, T>(io, at + 5)};
}
template <class C, class T>
Step<C> step_as_told(const KernelRun& io, std::size_t at) {
  return {scalar_input<C, T>(io, at), C(0), scalar_input<C, T>(io, at + 1), scalar_input<C, T>(io, at + 2),
          scalar_input<C, T>(io, at + 3)};
}

template <bool kAmsgrad, bool kNesterov, class T, class C>
void adam(const KernelRun& io, const Step<C>& s, const T* __restrict g, std::int64_t begin, std::int64_t end) {
  T* __restrict var = variable<T>(io, 0);
  T* __restrict m = variable<T>(io, 1);
  T* __restrict v = variable<T>(io, 2);
  T* __restrict vhat = kAmsgrad ? variable<T>(io, 3) : nullptr;
  if constexpr (std::is_same_v<T, float>) {
    return kernels::adam({s.alpha, s.beta1, s.rest1, s.rest2, s.epsilon}, {var, m, v, vhat, g}, kNesterov, begin, end);
  }
  for (auto i = begin; i < end; ++i) {
    const C grad = C(g[i]);
    const C new_m = C(T(C(m[i]) + (grad - C(m[i])) * s.rest1));
    const C new_v = C(T(C(v[i]) + (grad * grad - C(v[i])) * s.rest2));
    m[i] = T(new_m);
    v[i] = T(new_v);
    C top = new_v;
    if constexpr (kAmsgrad) {
      top = C(vhat[i]) > new_v ? C(vhat[i]) : new_v;
      vhat[i] = T(top);
    }
    const C direction = kNesterov ? grad * s.rest1 + s.beta1 * new_m : new_m;
    var[i] = T(C(var[i]) - direction * s.alpha / (std::sqrt(top) + s.epsilon));
  }
}

template <bool kAmsgrad, bool kNesterov, bool kTold>
std::unique_ptr<Kernel> kernel_of(const KernelSpec& spec) {
  constexpr std::size_t kResources = kAmsgrad ? 4 : 3;
  return update_kernel(spec, kResources, kResources + (kTold ? 4 : 6), 120,
                       []<class T>(const KernelRun& io, std::int64_t begin, std::int64_t end) {
                         using C = compute_t<T>;
                         const auto step =
                             kTold ? step_as_told<C, T>(io, kResources) : step_from_powers<C, T>(io, kResources);
                         adam<kAmsgrad, kNesterov>(io, step, io.input<T>(kResources + (kTold ? 4 : 6)), begin, end);
                       });
}

std::unique_ptr<Kernel> adam_kernel(const KernelSpec& spec) {
  return spec.attrs.b("use_nesterov") ? kernel_of<false, true, false>(spec) : kernel_of<false, false, false>(spec);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(apply_adam) {
  using namespace hornbeam;
  const auto powers = {"beta1_power", "beta2_power", "lr", "beta1", "beta2", "epsilon"};
  const auto told = {"alpha", "one_minus_beta1", "one_minus_beta2", "epsilon"};
  add_op(
      update_op("ResourceApplyAdam", {"var", "m", "v"}, powers).attr("use_nesterov: bool = false").kernel(adam_kernel));
  add_op(update_op("ResourceApplyAdamWithAmsgrad", {"var", "m", "v", "vhat"}, powers)
             .kernel(kernel_of<true, false, false>));
  // m += (grad - m) * one_minus_beta1; v += (grad * grad - v) * one_minus_beta2; [vhat = max(vhat, v);]
  // var -= m * alpha / (sqrt(v or vhat) + epsilon): each an AssignVariableOp of such arithmetic.
  add_op(update_op("_ApplyAdam", {"var", "m", "v"}, told).kernel(kernel_of<false, false, true>));
  add_op(update_op("_ApplyAdamWithAmsgrad", {"var", "m", "v", "vhat"}, told).kernel(kernel_of<true, false, true>));
}
