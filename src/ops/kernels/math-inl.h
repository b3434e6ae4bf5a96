// Vector versions of the element-wise functions, written once for every target (re-included by foreach_target.h).
// Errors are a few ulp; NaN goes through, infinities give the limits.
#if defined(HORNBEAM_KERNELS_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HORNBEAM_KERNELS_MATH_INL_H_
#undef HORNBEAM_KERNELS_MATH_INL_H_
#else
#define HORNBEAM_KERNELS_MATH_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cstring>
#include <limits>

#include "ops/kernels/activation.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using VF = hn::Vec<F32>;
static constexpr int64_t kLanes = static_cast<int64_t>(HWY_LANES(float));

// Partial vectors: never touch memory past p[n).
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadN(D d, const T* p, int64_t n) {
#if HWY_TARGET <= HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(n)), d, p);
#else
  HWY_ALIGN T buffer[HWY_LANES(T)] = {};
  std::memcpy(buffer, p, static_cast<size_t>(n) * sizeof(T));
  return hn::Load(d, buffer);
#endif
}
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void StoreN(hn::Vec<D> v, D d, T* p, int64_t n) {
#if HWY_TARGET <= HWY_AVX2
  hn::BlendedStore(v, hn::FirstN(d, static_cast<size_t>(n)), d, p);
#else
  HWY_ALIGN T buffer[HWY_LANES(T)];
  hn::Store(v, d, buffer);
  std::memcpy(p, buffer, static_cast<size_t>(n) * sizeof(T));
#endif
}

HWY_INLINE VF Fill(float x) { return hn::Set(F32(), x); }
// The larger (smaller) of both; x where either is NaN, which is what the instruction of x86 does and one of ARM does for
// NaN in x. Highway's scalar target gives the other one.
template <class V>
HWY_INLINE V MaxOr(V a, V x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::IfThenElse(hn::Gt(a, x), a, x);
#else
  return hn::Max(a, x);
#endif
}
template <class V>
HWY_INLINE V MinOr(V a, V x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::IfThenElse(hn::Lt(a, x), a, x);
#else
  return hn::Min(a, x);
#endif
}
// low <= x <= high, NaN stays.
template <class V>
HWY_INLINE V ClampTo(V x, V low, V high) {
  return MinOr(high, MaxOr(low, x));
}

// exp(r) for |r| <= log(2)/2
HWY_INLINE VF ExpPolynomial(VF r) {
  VF p = Fill(1.9875691500e-4F);
  p = hn::MulAdd(p, r, Fill(1.3981999507e-3F));
  p = hn::MulAdd(p, r, Fill(8.3334519073e-3F));
  p = hn::MulAdd(p, r, Fill(4.1665795894e-2F));
  p = hn::MulAdd(p, r, Fill(1.6666665459e-1F));
  p = hn::MulAdd(p, r, Fill(5.0000001201e-1F));
  return hn::MulAdd(p, hn::Mul(r, r), hn::Add(r, Fill(1.0F)));
}

HWY_INLINE VF Exp(VF x) {
  const F32 d;
  const hn::RebindToSigned<F32> di;
  // Beyond these the two-step scaling below gives 0 and infinity by itself.
  const VF y = ClampTo(x, Fill(-104.5F), Fill(89.0F));
  const VF n = hn::Round(hn::Mul(y, Fill(1.44269504F)));
  VF r = hn::NegMulAdd(n, Fill(0.693359375F), y);
  r = hn::NegMulAdd(n, Fill(-2.12194440e-4F), r);
  const VF p = ExpPolynomial(r);
  // 2^n in two factors: 2^n alone leaves the exponent's range at both ends.
  const auto k = hn::ConvertTo(di, n);
  const auto half = hn::ShiftRight<1>(k);
  const auto pow2 = [di, d](auto e)
                        HWY_ATTR { return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(e, hn::Set(di, 127)))); };
  return hn::Mul(hn::Mul(p, pow2(half)), pow2(hn::Sub(k, half)));
}

// 1 / x for x in [1, 2^126], to the last bit or two: a division takes three times as long.
HWY_INLINE VF ReciprocalOf(VF x) {
#if HWY_ARCH_X86
  const VF r = hn::ApproximateReciprocal(x);  // 12 or 14 bits
  return hn::MulAdd(r, hn::NegMulAdd(x, r, Fill(1.0F)), r);
#else
  return hn::Div(Fill(1.0F), x);
#endif
}

// 1 / (1 + 2^t) for t = -x log2(e). Swish is a third of a small network's time: every step counts. Adding `magic`
// rounds t and leaves 127 + n, an exponent, in the low bits.
HWY_INLINE VF Sigmoid(VF x) {
  const F32 d;
  const hn::RebindToSigned<F32> di;
  const VF y = ClampTo(x, Fill(-88.3F), Fill(88.3F));
  const VF log2e = Fill(-1.44269502F), magic = Fill(12582912.0F + 127.0F), one = Fill(1.0F);
  const VF t = hn::MulAdd(y, log2e, magic);
#if HWY_NATIVE_FMA
  const VF r = hn::MulAdd(y, Fill(-1.925963033e-8F), hn::MulSub(y, log2e, hn::Sub(t, magic)));
#else  // the product is rounded: what is small is found before it
  const VF n = hn::Sub(t, magic);
  const VF rest = hn::NegMulAdd(n, Fill(-2.12194440e-4F), hn::NegMulAdd(n, Fill(0.693359375F), hn::Neg(y)));
  const VF r = hn::Mul(rest, Fill(1.44269502F));
#endif
  VF p = hn::MulAdd(r, Fill(0.00015353361959569156F), Fill(0.0013398875016719103F));  // 2^r for |r| <= 1/2
  p = hn::MulAdd(p, r, Fill(0.00961843691766262F));
  p = hn::MulAdd(p, r, Fill(0.055503323674201965F));
  p = hn::MulAdd(p, r, Fill(0.24022647738456726F));
  p = hn::MulAdd(p, r, Fill(0.6931471824645996F));
  p = hn::MulAdd(p, r, one);
  const VF scale = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(di, t)));
  const VF s = ReciprocalOf(hn::MulAdd(p, scale, one));
  return hn::IfThenZeroElse(hn::Lt(x, Fill(-88.3F)), s);  // what is left of infinity is not to be seen
}

// +-1 beyond `limit`, exactly: 1 + tanh(x) must vanish there (GELU of large negative numbers).
HWY_INLINE VF SaturateAt(float limit, VF x, VF y) {
  return hn::IfThenElse(hn::Gt(hn::Abs(x), Fill(limit)), hn::CopySign(Fill(1.0F), x), y);
}

// tanh, within an ulp or two of +-1 for large numbers.
HWY_INLINE VF NearTanh(VF x) {
  const VF c = ClampTo(x, Fill(-7.90531110763549805F), Fill(7.90531110763549805F));
  const VF x2 = hn::Mul(c, c);
  VF p = hn::MulAdd(x2, Fill(-2.76076847742355e-16F), Fill(2.00018790482477e-13F));
  p = hn::MulAdd(p, x2, Fill(-8.60467152213735e-11F));
  p = hn::MulAdd(p, x2, Fill(5.12229709037114e-08F));
  p = hn::MulAdd(p, x2, Fill(1.48572235717979e-05F));
  p = hn::MulAdd(p, x2, Fill(6.37261928875436e-04F));
  p = hn::Mul(c, hn::MulAdd(p, x2, Fill(4.89352455891786e-03F)));
  VF q = hn::MulAdd(x2, Fill(1.19825839466702e-06F), Fill(1.18534705686654e-04F));
  q = hn::MulAdd(q, x2, Fill(2.26843463243900e-03F));
  q = hn::MulAdd(q, x2, Fill(4.89352518554385e-03F));
  return hn::Div(p, q);
}

HWY_INLINE VF Tanh(VF x) { return SaturateAt(8.3F, x, NearTanh(x)); }

HWY_INLINE VF Erf(VF x) {
  const VF c = ClampTo(x, Fill(-4.0F), Fill(4.0F));
  const VF x2 = hn::Mul(c, c);
  VF p = hn::MulAdd(x2, Fill(-2.72614225801306e-10F), Fill(2.77068142495902e-08F));
  p = hn::MulAdd(x2, p, Fill(-2.10102402082508e-06F));
  p = hn::MulAdd(x2, p, Fill(-5.69250639462346e-05F));
  p = hn::MulAdd(x2, p, Fill(-7.34990630326855e-04F));
  p = hn::MulAdd(x2, p, Fill(-2.95459980854025e-03F));
  p = hn::Mul(c, hn::MulAdd(x2, p, Fill(-1.60960333262415e-02F)));
  VF q = hn::MulAdd(x2, Fill(-1.45660718464996e-05F), Fill(-2.13374055278905e-04F));
  q = hn::MulAdd(x2, q, Fill(-1.68282697438203e-03F));
  q = hn::MulAdd(x2, q, Fill(-7.37332916720468e-03F));
  q = hn::MulAdd(x2, q, Fill(-1.42647390514189e-02F));
  return SaturateAt(3.85F, x, hn::Div(p, q));
}

HWY_INLINE VF Log(VF x) {
  const F32 d;
  const float inf = std::numeric_limits<float>::infinity();
  VF y = hn::Log(d, x);
  y = hn::IfThenElse(hn::Eq(x, Fill(inf)), x, y);
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), Fill(-inf), y);
  const auto valid = hn::Ge(x, hn::Zero(d));  // false for NaN
  return hn::IfThenElse(valid, y, hn::NaN(d));
}

HWY_INLINE VF Log1p(VF x) {
  const F32 d;
  // log(1+x) x / ((1+x) - 1) undoes the rounding of 1+x.
  const VF one = Fill(1.0F);
  const VF u = hn::Add(one, x);
  const VF um1 = hn::Sub(u, one);
  const VF y = hn::Mul(Log(u), hn::Div(x, um1));
  const auto plain = hn::Or(hn::Eq(um1, hn::Zero(d)), hn::Eq(u, Fill(std::numeric_limits<float>::infinity())));
  const VF special = hn::IfThenElse(hn::Eq(um1, hn::Zero(d)), x, u);
  const VF z = hn::IfThenElse(plain, special, y);
  return hn::IfThenElse(hn::Eq(u, hn::Zero(d)), Fill(-std::numeric_limits<float>::infinity()), z);
}

HWY_INLINE VF Expm1(VF x) {
  // tanh(x/2)-based near zero, where exp(x) - 1 cancels: expm1 = 2t / (1 - t).
  const VF t = Tanh(hn::Mul(x, Fill(0.5F)));
  const VF small = hn::Div(hn::Add(t, t), hn::Sub(Fill(1.0F), t));
  const VF large = hn::Sub(Exp(x), Fill(1.0F));
  return hn::IfThenElse(hn::Lt(hn::Abs(x), Fill(0.7F)), small, large);
}

HWY_INLINE VF Softplus(VF x) {
  const F32 d;
  // max(x, 0) + log1p(exp(-|x|)): no overflow, no cancellation.
  return hn::Add(MaxOr(hn::Zero(d), x), Log1p(Exp(hn::Neg(hn::Abs(x)))));
}

HWY_INLINE VF Gelu(VF x) {
  return hn::Mul(hn::Mul(x, Fill(0.5F)), hn::Add(Fill(1.0F), Erf(hn::Mul(x, Fill(0.70710678118F)))));
}
HWY_INLINE VF GeluTanh(VF x) {
  const VF inner = hn::Mul(Fill(0.7978845608F), hn::MulAdd(hn::Mul(hn::Mul(x, x), x), Fill(0.044715F), x));
  return hn::Mul(hn::Mul(x, Fill(0.5F)), hn::Add(Fill(1.0F), Tanh(inner)));
}
HWY_INLINE VF Elu(VF x, VF alpha) {
  const F32 d;
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(alpha, Expm1(x)), x);
}

// y = op(x) with the activation's two parameters in vectors.
template <Unary op>
HWY_INLINE VF Apply(VF x, VF a, VF b) {
  const F32 d;
  const VF zero = hn::Zero(d);
  if constexpr (op == Unary::kRelu) return MaxOr(zero, x);
  if constexpr (op == Unary::kRelu6) return ClampTo(x, zero, Fill(6.0F));
  if constexpr (op == Unary::kClip) return ClampTo(x, a, b);
  if constexpr (op == Unary::kLeakyRelu) return hn::IfThenElse(hn::Lt(x, zero), hn::Mul(a, x), x);
  if constexpr (op == Unary::kThresholdedRelu) return hn::IfThenZeroElse(hn::Le(x, a), x);
  if constexpr (op == Unary::kElu) return Elu(x, a);
  if constexpr (op == Unary::kSelu) return hn::Mul(Fill(1.0507009873554805F), Elu(x, Fill(1.6732632423543772F)));
  if constexpr (op == Unary::kSigmoid) return Sigmoid(x);
  if constexpr (op == Unary::kHardSigmoid) return ClampTo(hn::MulAdd(a, x, b), zero, Fill(1.0F));
  if constexpr (op == Unary::kTanh) return Tanh(x);
  if constexpr (op == Unary::kGelu) return Gelu(x);
  if constexpr (op == Unary::kGeluTanh) return GeluTanh(x);
  if constexpr (op == Unary::kSwish) return hn::Mul(x, Sigmoid(x));
  if constexpr (op == Unary::kHardSwish)
    return hn::Mul(x, ClampTo(hn::MulAdd(x, Fill(1.0F / 6.0F), Fill(0.5F)), zero, Fill(1.0F)));
  if constexpr (op == Unary::kMish) return hn::Mul(x, Tanh(Softplus(x)));
  if constexpr (op == Unary::kSoftplus) return Softplus(x);
  if constexpr (op == Unary::kSoftsign) return hn::Div(x, hn::Add(Fill(1.0F), hn::Abs(x)));
  if constexpr (op == Unary::kExp) return Exp(x);
  if constexpr (op == Unary::kExpm1) return Expm1(x);
  if constexpr (op == Unary::kLog) return Log(x);
  if constexpr (op == Unary::kLog1p) return Log1p(x);
  if constexpr (op == Unary::kSqrt) return hn::Sqrt(x);
  if constexpr (op == Unary::kRsqrt) return hn::Div(Fill(1.0F), hn::Sqrt(x));
  if constexpr (op == Unary::kSquare) return hn::Mul(x, x);
  if constexpr (op == Unary::kAbs) return hn::Abs(x);
  if constexpr (op == Unary::kNeg) return hn::Neg(x);
  if constexpr (op == Unary::kReciprocal) return hn::Div(Fill(1.0F), x);
  if constexpr (op == Unary::kErf) return Erf(x);
  if constexpr (op == Unary::kSign)
    return hn::IfThenElse(hn::Ne(x, zero), hn::IfThenElse(hn::Eq(x, x), hn::CopySign(Fill(1.0F), x), x), x);
  if constexpr (op == Unary::kFloor) return hn::Floor(x);
  if constexpr (op == Unary::kCeil) return hn::Ceil(x);
  if constexpr (op == Unary::kRound) return hn::Round(x);
  if constexpr (op == Unary::kAffine) return hn::MulAdd(a, x, b);
  return x;
}

// Calls Fn<op>::Run(args...) for the run-time op.
template <template <Unary> class Fn, class... Args>
HWY_INLINE void Visit(Unary op, Args... args) {
  switch (op) {
#define HB_CASE(name)              \
  case Unary::name:                \
    Fn<Unary::name>::Run(args...); \
    break;
    HB_CASE(kIdentity)
    HB_CASE(kRelu)
    HB_CASE(kRelu6)
    HB_CASE(kClip)
    HB_CASE(kLeakyRelu)
    HB_CASE(kThresholdedRelu)
    HB_CASE(kElu)
    HB_CASE(kSelu)
    HB_CASE(kSigmoid)
    HB_CASE(kHardSigmoid)
    HB_CASE(kTanh)
    HB_CASE(kGelu)
    HB_CASE(kGeluTanh)
    HB_CASE(kSwish)
    HB_CASE(kHardSwish)
    HB_CASE(kMish)
    HB_CASE(kSoftplus)
    HB_CASE(kSoftsign)
    HB_CASE(kExp)
    HB_CASE(kExpm1)
    HB_CASE(kLog)
    HB_CASE(kLog1p)
    HB_CASE(kSqrt)
    HB_CASE(kRsqrt)
    HB_CASE(kSquare)
    HB_CASE(kAbs)
    HB_CASE(kNeg)
    HB_CASE(kReciprocal)
    HB_CASE(kErf)
    HB_CASE(kSign)
    HB_CASE(kFloor)
    HB_CASE(kCeil)
    HB_CASE(kRound)
    HB_CASE(kAffine)
#undef HB_CASE
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
