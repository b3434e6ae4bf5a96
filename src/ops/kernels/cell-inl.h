// Vectors of the functions of recurrent cells and of their slopes.
#if defined(HORNBEAM_KERNELS_CELL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HORNBEAM_KERNELS_CELL_INL_H_
#undef HORNBEAM_KERNELS_CELL_INL_H_
#else
#define HORNBEAM_KERNELS_CELL_INL_H_
#endif

#include "ops/kernels/math-inl.h"
#include "ops/kernels/recurrent.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// tanh and sigmoid, known when compiled.
struct StandardCell {
  explicit StandardCell(const CellFunctions&) {}
  HWY_INLINE VF Value(VF x) const { return NearTanh(x); }
  HWY_INLINE VF Slope(VF y) const { return hn::NegMulAdd(y, y, Fill(1.0F)); }
  HWY_INLINE VF Gate(VF x) const { return Sigmoid(x); }
  HWY_INLINE VF GateSlope(VF y) const { return hn::NegMulAdd(y, y, y); }
};

inline HWY_NOINLINE VF CellValue(const Activation& f, VF x) {
  const VF a = Fill(f.alpha), b = Fill(f.beta);
  switch (f.op) {
    case Unary::kTanh:
      return Tanh(x);
    case Unary::kSigmoid:
      return Sigmoid(x);
    case Unary::kHardSigmoid:
      return Apply<Unary::kHardSigmoid>(x, a, b);
    case Unary::kRelu:
      return Apply<Unary::kRelu>(x, a, b);
    case Unary::kRelu6:
      return Apply<Unary::kRelu6>(x, a, b);
    case Unary::kElu:
      return Apply<Unary::kElu>(x, a, b);
    case Unary::kSelu:
      return Apply<Unary::kSelu>(x, a, b);
    case Unary::kSoftsign:
      return Apply<Unary::kSoftsign>(x, a, b);
    case Unary::kSoftplus:
      return Softplus(x);
    case Unary::kExp:
      return Exp(x);
    default:
      return x;
  }
}

inline HWY_NOINLINE VF CellSlope(const Activation& f, VF y) {
  const F32 d;
  const VF zero = hn::Zero(d), one = Fill(1.0F);
  switch (f.op) {
    case Unary::kTanh:
      return hn::NegMulAdd(y, y, one);
    case Unary::kSigmoid:
      return hn::NegMulAdd(y, y, y);
    case Unary::kHardSigmoid:
      return hn::IfThenElseZero(hn::And(hn::Gt(y, zero), hn::Lt(y, one)), Fill(f.alpha));
    case Unary::kRelu:
      return hn::IfThenElseZero(hn::Gt(y, zero), one);
    case Unary::kRelu6:
      return hn::IfThenElseZero(hn::And(hn::Gt(y, zero), hn::Lt(y, Fill(6.0F))), one);
    case Unary::kElu:
      return hn::IfThenElse(hn::Lt(y, zero), hn::Add(y, one), one);
    case Unary::kSelu:
      return hn::IfThenElse(hn::Lt(y, zero), hn::Add(y, Fill(1.7580993408473769F)), Fill(1.0507009873554805F));
    case Unary::kSoftsign: {
      const VF t = hn::Sub(one, hn::Abs(y));
      return hn::Mul(t, t);
    }
    case Unary::kSoftplus:
      return hn::Sub(one, Exp(hn::Neg(y)));
    case Unary::kExp:
      return y;
    default:
      return one;
  }
}

struct AnyCell {
  explicit AnyCell(const CellFunctions& functions) : f(functions) {}
  HWY_INLINE VF Value(VF x) const { return CellValue(f.activation, x); }
  HWY_INLINE VF Slope(VF y) const { return CellSlope(f.activation, y); }
  HWY_INLINE VF Gate(VF x) const { return CellValue(f.recurrent, x); }
  HWY_INLINE VF GateSlope(VF y) const { return CellSlope(f.recurrent, y); }
  CellFunctions f;
};

// fn(cell), compiled for the usual functions and for any.
template <class Fn>
HWY_INLINE void WithCell(const CellFunctions& f, const Fn& fn) {
  if (f.activation.op == Unary::kTanh && f.recurrent.op == Unary::kSigmoid) return fn(StandardCell(f));
  fn(AnyCell(f));
}

// Some numbers of a row: a whole vector, or what is left at its end.
struct WholeVector {
  HWY_INLINE VF Load(const float* p) const { return hn::LoadU(F32(), p); }
  HWY_INLINE void Store(VF v, float* p) const { hn::StoreU(v, F32(), p); }
};
struct PartOfVector {
  int64_t count;
  HWY_INLINE VF Load(const float* p) const { return LoadN(F32(), p, count); }
  HWY_INLINE void Store(VF v, float* p) const { StoreN(v, F32(), p, count); }
};

// fn(lanes, j) over the units of a row.
template <class Fn>
HWY_INLINE void ForUnits(int64_t units, const Fn& fn) {
  int64_t j = 0;
  for (; j + kLanes <= units; j += kLanes) fn(WholeVector(), j);
  if (j < units) fn(PartOfVector{units - j}, j);
}

// The gradient that reaches a row's state.
template <class Lanes>
HWY_INLINE VF TotalAt(const Lanes& lanes, const float* dh, const float* dy, int64_t j) {
  const VF own = lanes.Load(dh + j);
  return dy ? hn::Add(own, lanes.Load(dy + j)) : own;
}

HWY_INLINE void FillRow(float* row, int64_t count, float value) {
  ForUnits(count, [&](const auto& lanes, int64_t j) HWY_ATTR { lanes.Store(Fill(value), row + j); });
}
HWY_INLINE void CopyRow(const float* from, float* to, int64_t count) {
  ForUnits(count, [&](const auto& lanes, int64_t j) HWY_ATTR { lanes.Store(lanes.Load(from + j), to + j); });
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
