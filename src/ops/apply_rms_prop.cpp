// ResourceApplyRMSProp and ResourceApplyCenteredRMSProp; Keras's own RMSprops, which it makes of several ops.
#include <cmath>

#include "ops/apply_update.h"

namespace hornbeam {
namespace {

// ms += (grad^2 - ms) * (1 - rho); [mg += (grad - mg) * (1 - rho);] mom = mom * momentum + lr * grad / sqrt(ms [-
// mg^2] + epsilon); var -= mom
template <bool kCentered>
std::unique_ptr<Kernel> tensorflows(const KernelSpec& spec) {
  constexpr std::size_t kScalars = kCentered ? 4 : 3;
  return update_kernel(
      spec, kScalars, kScalars + 4, 120, []<class T>(const KernelRun& io, std::int64_t begin, std::int64_t end) {
        using C = compute_t<T>;
        const C lr = scalar_input<C, T>(io, kScalars), rho = scalar_input<C, T>(io, kScalars + 1);
        const C momentum = scalar_input<C, T>(io, kScalars + 2), epsilon = scalar_input<C, T>(io, kScalars + 3);
        const C rest = C(1) - rho;
        const T* __restrict g = io.input<T>(kScalars + 4);
        T* __restrict var = variable<T>(io, 0);
        T* __restrict mg = kCentered ? variable<T>(io, 1) : nullptr;
        T* __restrict ms = variable<T>(io, kCentered ? 2 : 1);
        T* __restrict mom = variable<T>(io, kCentered ? 3 : 2);
        for (auto i = begin; i < end; ++i) {
          const C grad = C(g[i]);
          const C new_ms = C(T(C(ms[i]) + (grad * grad - C(ms[i])) * rest));
          ms[i] = T(new_ms);
          C denominator = new_ms;
          if constexpr (kCentered) {
            const C new_mg = C(T(C(mg[i]) + (grad - C(mg[i])) * rest));
            mg[i] = T(new_mg);
            denominator -= new_mg * new_mg;
          }
          const C new_mom = C(T(C(mom[i]) * momentum + grad * lr / std::sqrt(denominator + epsilon)));
          mom[i] = T(new_mom);
          var[i] = T(C(var[i]) - new_mom);
        }
      });
}

// Where epsilon stands decides between the old and the newer optimizers.
template <bool kCentered, bool kMomentum, bool kOutside>
std::unique_ptr<Kernel> keras_of(const KernelSpec& spec) {
  constexpr std::size_t kScalars = 2 + kMomentum + kCentered;
  return update_kernel(
      spec, kScalars, kScalars + 5, 100, []<class T>(const KernelRun& io, std::int64_t begin, std::int64_t end) {
        using C = compute_t<T>;
        const C lr = scalar_input<C, T>(io, kScalars), rho = scalar_input<C, T>(io, kScalars + 1);
        const C rest = scalar_input<C, T>(io, kScalars + 2), momentum = scalar_input<C, T>(io, kScalars + 3);
        const C epsilon = scalar_input<C, T>(io, kScalars + 4);
        const T* __restrict g = io.input<T>(kScalars + 5);
        T* __restrict var = variable<T>(io, 0);
        T* __restrict ms = variable<T>(io, 1);
        T* __restrict mom = kMomentum ? variable<T>(io, 2) : nullptr;
        T* __restrict mg = kCentered ? variable<T>(io, 2 + kMomentum) : nullptr;
        for (auto i = begin; i < end; ++i) {
          const C grad = C(g[i]);
          const C new_ms = C(T(rho * C(ms[i]) + rest * (grad * grad)));
          ms[i] = T(new_ms);
          C denominator = new_ms;
          if constexpr (kCentered) {
            const C new_mg = C(T(rho * C(mg[i]) + rest * grad));
            mg[i] = T(new_mg);
            denominator -= new_mg * new_mg;
          }
          const C root = kOutside ? std::sqrt(denominator) + epsilon : std::sqrt(denominator + epsilon);
          C step = lr * grad / root;
          if constexpr (kMomentum) {
            step = C(T(momentum * C(mom[i]) + step));
            mom[i] = T(step);
          }
          var[i] = T(C(var[i]) - step);
        }
      });
}
template <bool kCentered, bool kMomentum>
std::unique_ptr<Kernel> kerass(const KernelSpec& spec) {
  return spec.attrs.b("epsilon_outside") ? keras_of<kCentered, kMomentum, true>(spec)
                                         : keras_of<kCentered, kMomentum, false>(spec);
}

OpDef keras_op(const char* name, std::initializer_list<const char*> resources) {
  return update_op(name, resources, {"lr", "rho", "one_minus_rho", "momentum", "epsilon"})
      .attr("epsilon_outside: bool = false");
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(apply_rms_prop) {
  using namespace hornbeam;
  const auto scalars = {"lr", "rho", "momentum", "epsilon"};
  add_op(update_op("ResourceApplyRMSProp", {"var", "ms", "mom"}, scalars).kernel(tensorflows<false>));
  add_op(update_op("ResourceApplyCenteredRMSProp", {"var", "mg", "ms", "mom"}, scalars).kernel(tensorflows<true>));
  // ms = rho * ms + one_minus_rho * grad^2; [mg = rho * mg + one_minus_rho * grad; denominator = ms - mg^2;]
  // step = lr * grad / sqrt(denominator + epsilon), or / (sqrt(denominator) + epsilon) when epsilon_outside;
  // [mom = momentum * mom + step; step = mom;] var -= step: each an AssignVariableOp of such arithmetic.
  add_op(keras_op("_ApplyRMSProp", {"var", "ms"}).kernel(kerass<false, false>));
  add_op(keras_op("_ApplyMomentumRMSProp", {"var", "ms", "mom"}).kernel(kerass<false, true>));
  add_op(keras_op("_ApplyCenteredRMSProp", {"var", "ms", "mg"}).kernel(kerass<true, false>));
  add_op(keras_op("_ApplyCenteredMomentumRMSProp", {"var", "ms", "mom", "mg"}).kernel(kerass<true, true>));
}
