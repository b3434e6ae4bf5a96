// Exp, Expm1, Log, Log1p and the trigonometric and hyperbolic functions with their inverses.
#include <cmath>

#include "ops/unary_op.h"

namespace hornbeam {
namespace {

#define HB_UNARY(Name, function)                \
  struct Name##Fn {                             \
    static constexpr const char* kName = #Name; \
    template <class C>                          \
    static C apply(C x) {                       \
      return function(x);                       \
    }                                           \
  }
#define HB_FAST_UNARY(Name, function)                                \
  struct Name##Fn {                                                  \
    static constexpr const char* kName = #Name;                      \
    static constexpr kernels::Unary kFast = kernels::Unary::k##Name; \
    template <class C>                                               \
    static C apply(C x) {                                            \
      return function(x);                                            \
    }                                                                \
  }
HB_FAST_UNARY(Exp, std::exp);
HB_FAST_UNARY(Expm1, std::expm1);
HB_FAST_UNARY(Log, std::log);
HB_FAST_UNARY(Log1p, std::log1p);
HB_FAST_UNARY(Tanh, std::tanh);
#undef HB_FAST_UNARY
HB_UNARY(Sin, std::sin);
HB_UNARY(Cos, std::cos);
HB_UNARY(Tan, std::tan);
HB_UNARY(Asin, std::asin);
HB_UNARY(Acos, std::acos);
HB_UNARY(Atan, std::atan);
HB_UNARY(Sinh, std::sinh);
HB_UNARY(Cosh, std::cosh);
HB_UNARY(Asinh, std::asinh);
HB_UNARY(Acosh, std::acosh);
HB_UNARY(Atanh, std::atanh);
#undef HB_UNARY

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
