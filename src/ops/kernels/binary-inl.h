// Element-wise functions of two arguments in the forms that broadcasting comes down to.
#if defined(HORNBEAM_KERNELS_BINARY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HORNBEAM_KERNELS_BINARY_INL_H_
#undef HORNBEAM_KERNELS_BINARY_INL_H_
#else
#define HORNBEAM_KERNELS_BINARY_INL_H_
#endif

#include <algorithm>
#include <cmath>

#include "ops/kernels/eltwise.h"
#include "ops/kernels/math-inl.h"

#ifndef HORNBEAM_KERNELS_BINARY_ONCE_
#define HORNBEAM_KERNELS_BINARY_ONCE_
namespace hornbeam::kernels {
// How the second operand meets a [rows, columns] first one: same shape, one number, one per column, one per row.
enum class Form { kSame, kScalar, kRow, kColumn };
}  // namespace hornbeam::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

HWY_INLINE VF LoadSome(F32 d, const float* p, int64_t n) { return n == kLanes ? hn::LoadU(d, p) : LoadN(d, p, n); }
HWY_INLINE void StoreSome(VF v, F32 d, float* p, int64_t n) {
  if (n == kLanes) {
    hn::StoreU(v, d, p);
  } else {
    StoreN(v, d, p, n);
  }
}

template <Binary op>
HWY_INLINE VF Combine(VF x, VF y) {
  if constexpr (op == Binary::kAdd) return hn::Add(x, y);
  if constexpr (op == Binary::kSub) return hn::Sub(x, y);
  if constexpr (op == Binary::kMul) return hn::Mul(x, y);
  if constexpr (op == Binary::kDiv) return hn::Div(x, y);
  // Max and Min return the second operand when one is NaN: right if y is it; if x is, choose x.
  if constexpr (op == Binary::kMaximum) return hn::IfThenElse(hn::Eq(x, x), MaxOr(x, y), x);
  if constexpr (op == Binary::kMinimum) return hn::IfThenElse(hn::Eq(x, x), MinOr(x, y), x);
  if constexpr (op == Binary::kSquaredDifference) {
    const VF t = hn::Sub(x, y);
    return hn::Mul(t, t);
  }
  if constexpr (op == Binary::kPow) {  // rare: the C library's, one by one
    const F32 d;
    HWY_ALIGN float a[HWY_LANES(float)], b[HWY_LANES(float)];
    hn::Store(x, d, a);
    hn::Store(y, d, b);
    for (size_t i = 0; i < HWY_LANES(float); ++i) a[i] = std::pow(a[i], b[i]);
    return hn::Load(d, a);
  }
  const VF zero = hn::Zero(F32()), one = Fill(1.0F);
  if constexpr (op == Binary::kReluGrad) return hn::IfThenElseZero(hn::Gt(y, zero), x);
  if constexpr (op == Binary::kRelu6Grad) {
    return hn::IfThenElseZero(hn::And(hn::Gt(y, zero), hn::Lt(y, Fill(6.0F))), x);
  }
  if constexpr (op == Binary::kEluGrad) return hn::IfThenElse(hn::Lt(y, zero), hn::Mul(x, hn::Add(y, one)), x);
  if constexpr (op == Binary::kSeluGrad) {
    const VF scale = Fill(1.0507009873554804934193349852946F), alpha = Fill(1.7580993408473768599402175208123F);
    return hn::Mul(x, hn::IfThenElse(hn::Lt(y, zero), hn::Add(y, alpha), scale));
  }
  if constexpr (op == Binary::kSoftplusGrad) return hn::Mul(x, Apply<Unary::kSigmoid>(y, zero, zero));
  if constexpr (op == Binary::kSoftsignGrad) {
    const VF t = hn::Add(one, hn::Abs(y));
    return hn::Div(x, hn::Mul(t, t));
  }
  if constexpr (op == Binary::kSigmoidGrad) return hn::Mul(hn::Mul(y, x), hn::Sub(one, x));
  if constexpr (op == Binary::kTanhGrad) return hn::Mul(y, hn::Sub(one, hn::Mul(x, x)));
  if constexpr (op == Binary::kSqrtGrad) return hn::Div(hn::Mul(Fill(0.5F), y), x);
  if constexpr (op == Binary::kRsqrtGrad) return hn::Mul(hn::Mul(Fill(-0.5F), y), hn::Mul(x, hn::Mul(x, x)));
  if constexpr (op == Binary::kReciprocalGrad) return hn::Mul(hn::Neg(y), hn::Mul(x, x));
}

template <Binary op, bool kReversed>
HWY_INLINE VF CombineOrder(VF x, VF y) {
  return kReversed ? Combine<op>(y, x) : Combine<op>(x, y);
}

template <Binary op, bool kReversed>
void BinaryRows(Form form, int64_t rows, int64_t columns, const float* x, const float* y, float* z) {
  const F32 d;
  const bool vector = form == Form::kSame || form == Form::kRow;
  for (int64_t r = 0; r < rows; ++r, x += columns, z += columns) {
    if (vector) {
      const float* p = form == Form::kSame ? y + r * columns : y;
      int64_t i = 0;
      for (; i + kLanes <= columns; i += kLanes)
        hn::StoreU(CombineOrder<op, kReversed>(hn::LoadU(d, x + i), hn::LoadU(d, p + i)), d, z + i);
      if (const int64_t n = columns - i; n > 0)
        StoreN(CombineOrder<op, kReversed>(LoadN(d, x + i, n), LoadN(d, p + i, n)), d, z + i, n);
    } else {
      const VF v = Fill(form == Form::kScalar ? *y : y[r]);
      int64_t i = 0;
      for (; i + kLanes <= columns; i += kLanes)
        hn::StoreU(CombineOrder<op, kReversed>(hn::LoadU(d, x + i), v), d, z + i);
      if (const int64_t n = columns - i; n > 0) StoreN(CombineOrder<op, kReversed>(LoadN(d, x + i, n), v), d, z + i, n);
    }
  }
}

template <Binary op>
void BinaryOp(Form form, int64_t rows, int64_t columns, const float* x, const float* y, bool reversed, float* z) {
  if (reversed) return BinaryRows<op, true>(form, rows, columns, x, y, z);
  BinaryRows<op, false>(form, rows, columns, x, y, z);
}

HWY_INLINE void RunBinary(Binary op, Form form, int64_t rows, int64_t columns, const float* x, const float* y,
                          bool reversed, float* z) {
  switch (op) {
#define HB_CASE(name) \
  case Binary::name:  \
    return BinaryOp<Binary::name>(form, rows, columns, x, y, reversed, z);
    HB_CASE(kAdd)
    HB_CASE(kSub)
    HB_CASE(kMul)
    HB_CASE(kDiv)
    HB_CASE(kMaximum)
    HB_CASE(kMinimum)
    HB_CASE(kSquaredDifference)
    HB_CASE(kPow)
    HB_CASE(kReluGrad)
    HB_CASE(kRelu6Grad)
    HB_CASE(kEluGrad)
    HB_CASE(kSeluGrad)
    HB_CASE(kSoftplusGrad)
    HB_CASE(kSoftsignGrad)
    HB_CASE(kSigmoidGrad)
    HB_CASE(kTanhGrad)
    HB_CASE(kSqrtGrad)
    HB_CASE(kRsqrtGrad)
    HB_CASE(kReciprocalGrad)
#undef HB_CASE
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
