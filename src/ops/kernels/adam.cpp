#include "ops/kernels/adam.h"

#include <algorithm>

#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/adam.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/binary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

template <bool kAmsgrad, bool kNesterov>
HWY_INLINE void AdamOf(const AdamStep& s, const AdamArrays& a, int64_t begin, int64_t end) {
  const F32 d;
  const VF alpha = Fill(s.alpha), beta1 = Fill(s.beta1), rest1 = Fill(s.rest1), rest2 = Fill(s.rest2);
  const VF epsilon = Fill(s.epsilon);
  for (int64_t i = begin; i < end; i += kLanes) {
    const int64_t n = std::min(kLanes, end - i);
    const VF g = LoadSome(d, a.g + i, n), old_m = LoadSome(d, a.m + i, n), old_v = LoadSome(d, a.v + i, n);
    const VF m = hn::MulAdd(hn::Sub(g, old_m), rest1, old_m);
    const VF v = hn::MulAdd(hn::Sub(hn::Mul(g, g), old_v), rest2, old_v);
    StoreSome(m, d, a.m + i, n);
    StoreSome(v, d, a.v + i, n);
    VF top = v;
    if constexpr (kAmsgrad) {
      top = MaxOr(LoadSome(d, a.vhat + i, n), v);
      StoreSome(top, d, a.vhat + i, n);
    }
    const VF direction = kNesterov ? hn::MulAdd(g, rest1, hn::Mul(beta1, m)) : m;
    const VF by = hn::Div(hn::Mul(direction, alpha), hn::Add(hn::Sqrt(top), epsilon));
    StoreSome(hn::Sub(LoadSome(d, a.var + i, n), by), d, a.var + i, n);
  }
}

void Adam(const AdamStep& s, const AdamArrays& a, bool nesterov, int64_t begin, int64_t end) {
  if (a.vhat) return AdamOf<true, false>(s, a, begin, end);
  nesterov ? AdamOf<false, true>(s, a, begin, end) : AdamOf<false, false>(s, a, begin, end);
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {
namespace {
HWY_EXPORT(Adam);
}

void adam(const AdamStep& step, const AdamArrays& arrays, bool nesterov, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(Adam)(step, arrays, nesterov, begin, end);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
