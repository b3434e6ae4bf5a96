// Exp, Expm1, Log, Log1p and the trigonometric and hyperbolic functions with their inverses.
#include <cmath>

#include "ops/unary_op.h"

namespace hornbeam {
namespace {

#define HB_BODY(Name, function, derivative)                                                                      \
  static constexpr const char* kName = #Name;                                                                    \
  template <class C>                                                                                             \
  static C apply(C x) {                                                                                          \
    return function(x);                                                                                          \
  }                                                                                                              \
  static Tensor gradient(const Tensor& dy, [[maybe_unused]] const Tensor& x, [[maybe_unused]] const Tensor& y) { \
    return derivative;                                                                                           \
  }
#define HB_UNARY(Name, function, derivative) \
  struct Name##Fn {                          \
    HB_BODY(Name, function, derivative)      \
  }
#define HB_FAST_UNARY(Name, function, derivative)                    \
  struct Name##Fn {                                                  \
    static constexpr kernels::Unary kFast = kernels::Unary::k##Name; \
    HB_BODY(Name, function, derivative)                              \
  }
HB_FAST_UNARY(Exp, std::exp, dy* y);
HB_FAST_UNARY(Expm1, std::expm1, dy* ops::exp(x));
HB_FAST_UNARY(Log, std::log, dy* ops::reciprocal(x));
HB_FAST_UNARY(Log1p, std::log1p, dy* ops::reciprocal(x + 1));
HB_FAST_UNARY(Tanh, std::tanh, call_op1("TanhGrad", {y, dy}));
HB_UNARY(Sin, std::sin, dy* ops::cos(x));
HB_UNARY(Cos, std::cos, -dy* ops::sin(x));
HB_UNARY(Tan, std::tan, ops::square(ops::reciprocal(ops::cos(x))) * dy);
HB_UNARY(Asin, std::asin, dy* ops::reciprocal(ops::sqrt(1 - ops::square(x))));
HB_UNARY(Acos, std::acos, -dy* ops::reciprocal(ops::sqrt(1 - ops::square(x))));
HB_UNARY(Atan, std::atan, dy* ops::reciprocal(1 + ops::square(x)));
HB_UNARY(Sinh, std::sinh, dy* ops::cosh(x));
HB_UNARY(Cosh, std::cosh, dy* ops::sinh(x));
HB_UNARY(Asinh, std::asinh, dy / ops::cosh(y));
HB_UNARY(Acosh, std::acosh, dy / ops::sinh(y));
HB_UNARY(Atanh, std::atanh, dy* ops::reciprocal(1 - ops::square(x)));
#undef HB_UNARY
#undef HB_FAST_UNARY
#undef HB_BODY

template <class... Fns>
void add_float_ops() {
  (add_op(unary_op<Fns, FloatTypes>()), ...);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(unary_transcendental) {
  using namespace hornbeam;
  add_float_ops<ExpFn, Expm1Fn, LogFn, Log1pFn, SinFn, CosFn, TanFn, AsinFn, AcosFn, AtanFn, SinhFn, CoshFn, TanhFn,
                AsinhFn, AcoshFn, AtanhFn>();
}
