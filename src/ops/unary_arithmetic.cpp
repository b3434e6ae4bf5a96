// Neg, Abs, Sign, Square, Sqrt, Rsqrt, Reciprocal, Inv, Floor, Ceil, Round, Rint, IsNan, IsInf, IsFinite.
#include <cmath>

#include "ops/integer_math.h"
#include "ops/unary_op.h"

namespace hornbeam {
namespace {

#define HB_UNARY(Name, expression)              \
  struct Name##Fn {                             \
    static constexpr const char* kName = #Name; \
    template <class C>                          \
    static auto apply(C x) {                    \
      return expression;                        \
    }                                           \
  }
#define HB_FAST_STEPS(Name, fast, expression)                     \
  struct Name##Fn {                                               \
    [[maybe_unused]] static constexpr const char* kName = #Name;  \
    static constexpr kernels::Unary kFast = kernels::Unary::fast; \
    template <class C>                                            \
    static C apply(C x) {                                         \
      return static_cast<C>(expression);                          \
    }                                                             \
  }
#define HB_FAST_UNARY(Name, fast, expression, derivative)                                       \
  HB_FAST_STEPS(Name##Plain, fast, expression);                                                 \
  struct Name##Fn : Name##PlainFn {                                                             \
    static constexpr const char* kName = #Name;                                                 \
    static Tensor gradient([[maybe_unused]] const Tensor& dy, [[maybe_unused]] const Tensor& x, \
                           [[maybe_unused]] const Tensor& y) {                                  \
      return derivative;                                                                        \
    }                                                                                           \
  }
HB_FAST_UNARY(Neg, kNeg, wrap_neg(x), -dy);
HB_FAST_UNARY(Square, kSquare, wrap_mul(x, x), dy*(x * 2));
HB_FAST_UNARY(Sqrt, kSqrt, std::sqrt(x), call_op1("SqrtGrad", {y, dy}));
HB_FAST_UNARY(Rsqrt, kRsqrt, C(1) / std::sqrt(x), call_op1("RsqrtGrad", {y, dy}));
HB_FAST_STEPS(Floor, kFloor, std::floor(x));
HB_FAST_STEPS(Ceil, kCeil, std::ceil(x));
HB_FAST_STEPS(Rint, kRound, std::nearbyint(x));
HB_FAST_UNARY(Reciprocal, kReciprocal, C(1) / x, call_op1("ReciprocalGrad", {y, dy}));
#undef HB_FAST_UNARY
#undef HB_FAST_STEPS
HB_UNARY(IsNan, std::isnan(x));
HB_UNARY(IsInf, std::isinf(x));
HB_UNARY(IsFinite, std::isfinite(x));
#undef HB_UNARY

struct AbsFn {
  static constexpr const char* kName = "Abs";
  static constexpr kernels::Unary kFast = kernels::Unary::kAbs;
  template <class C>
  static C apply(C x) {
    if constexpr (std::is_floating_point_v<C>) {
      return std::fabs(x);
    } else if constexpr (std::is_signed_v<C>) {
      return x < C{} ? wrap_neg(x) : x;
    } else {
      return x;
    }
  }
  static Tensor gradient(const Tensor& dy, const Tensor& x, const Tensor&) { return dy * ops::sign(x); }
};
// NaN stays NaN.
struct SignFn {
  static constexpr const char* kName = "Sign";
  static constexpr kernels::Unary kFast = kernels::Unary::kSign;
  template <class C>
  static C apply(C x) {
    if (x > C{}) return C(1);
    if constexpr (std::is_signed_v<C>) {
      if (x < C{}) return C(-1);
    }
    return x == C{} ? C{} : x;
  }
  static Tensor gradient(const Tensor&, const Tensor& x, const Tensor&) { return ops::zeros_like(x); }
};
struct RoundFn {  // half to even
  static constexpr const char* kName = "Round";
  static constexpr kernels::Unary kFast = kernels::Unary::kRound;
  template <class C>
  static C apply(C x) {
    if constexpr (std::is_floating_point_v<C>) {
      return std::nearbyint(x);
    } else {
      return x;
    }
  }
};
}  // namespace
}  // namespace hornbeam

HB_REGISTER(unary_arithmetic) {
  using namespace hornbeam;
  add_op(unary_op<NegFn, SignedTypes>());
  add_op(unary_op<AbsFn, SignedTypes>());
  add_op(unary_op<SignFn, SignedTypes>());
  add_op(unary_op<SquareFn, NumberTypes>());
  add_op(unary_op<SqrtFn, FloatTypes>());
  add_op(unary_op<RsqrtFn, FloatTypes>());
  add_op(unary_op<ReciprocalFn, FloatTypes>());
  add_op(unary_op<ReciprocalFn, FloatTypes>("Inv"));
  add_op(unary_op<FloorFn, FloatTypes>());
  add_op(unary_op<CeilFn, FloatTypes>());
  add_op(unary_op<RintFn, FloatTypes>());
  add_op(unary_op<RoundFn, NumberTypes>());
  add_op(unary_op<IsNanFn, FloatTypes, true>());
  add_op(unary_op<IsInfFn, FloatTypes, true>());
  add_op(unary_op<IsFiniteFn, FloatTypes, true>());
}
