// Erf, Erfc, Erfinv, Ndtri, Lgamma, Digamma.
#include <math.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "ops/special_functions.h"
#include "ops/unary_op.h"

namespace hornbeam {

// Recurrence up to 10, then the asymptotic series; reflection below zero.
double digamma(double x) {
  if (x == 0 || (x < 0 && x == std::floor(x))) return std::numeric_limits<double>::quiet_NaN();
  double result = 0;
  if (x < 0) {
    result = -std::numbers::pi / std::tan(std::numbers::pi * (x - std::nearbyint(x)));
    x = 1 - x;
  }
  while (x < 10) {
    result -= 1 / x;
    x += 1;
  }
  const double z = 1 / (x * x);
  const double series =
      z * (1.0 / 12 - z * (1.0 / 120 -
                           z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z * (1.0 / 12)))))));
  return result + std::log(x) - 0.5 / x - series;
}

namespace {

// log of the normal distribution's lower tail far out, where the tail itself underflows, by its asymptotic series.
double log_lower_tail(double x) {
  const double z = 1 / (x * x);
  return -x * x / 2 - std::log(-x) - 0.5 * std::log(2 * std::numbers::pi) + std::log1p(-z * (1 - z * (3 - 15 * z)));
}

// The inverse of the normal distribution's cumulative function for p <= 1/2: Acklam's rational approximation, then
// steps of Halley's method against erfc (of Newton's against the tail's logarithm, far out) to double precision.
double ndtri_lower(double p) {
  constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                          1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
                          -1.328068155288572e+01};
  constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                          -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
  double x;
  if (p < 0.02425) {
    const double r = std::sqrt(-2 * std::log(p));
    x = (((((c[0] * r + c[1]) * r + c[2]) * r + c[3]) * r + c[4]) * r + c[5]) /
        ((((d[0] * r + d[1]) * r + d[2]) * r + d[3]) * r + 1);
  } else {
    const double q = p - 0.5, r = q * q;
    x = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
        (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
  }
  for (int i = 0; i < 2; ++i) {
    if (p < 1e-290) {
      x += (log_lower_tail(x) - std::log(p)) / (x - 1 / x);
      continue;
    }
    const double e = 0.5 * std::erfc(-x / std::numbers::sqrt2) - p;
    const double u = e * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
    x -= u / (1 + x * u / 2);
  }
  return x;
}

double ndtri(double p) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (p == 0) return -kInfinity;
  if (p == 1) return kInfinity;
  if (!(p > 0 && p < 1)) return std::numeric_limits<double>::quiet_NaN();
  return p <= 0.5 ? ndtri_lower(p) : -ndtri_lower(1 - p);
}

double erfinv(double x) {
  if (x == 0) return x;
  if (std::fabs(x) >= 1 || x != x) return ndtri((x + 1) / 2);
  // From the nearer tail: (1 - |x|) / 2 is exact where (1 + |x|) / 2 is not.
  const double y = std::copysign(ndtri_lower((1 - std::fabs(x)) / 2) / std::numbers::sqrt2, x);
  // Near zero the tail loses the low digits: a Newton step on erf itself brings them back.
  if (std::fabs(x) > 0.9) return y;
  return y - (std::erf(y) - x) / (2 * std::numbers::inv_sqrtpi * std::exp(-y * y));
}

// std::lgamma writes a global sign.
float log_gamma(float x) {
  int sign;
  return lgammaf_r(x, &sign);
}
double log_gamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

constexpr double kTwoOverRootPi = 2 * std::numbers::inv_sqrtpi;
const double kRootTwoPi = std::sqrt(2 * std::numbers::pi);

#define HB_UNARY(Name, expression, derivative)                                                                     \
  struct Name##Fn {                                                                                                \
    [[maybe_unused]] static constexpr const char* kName = #Name;                                                   \
    template <class C>                                                                                             \
    static C apply(C x) {                                                                                          \
      return static_cast<C>(expression);                                                                           \
    }                                                                                                              \
    static Tensor gradient(const Tensor& dy, [[maybe_unused]] const Tensor& x, [[maybe_unused]] const Tensor& y) { \
      return derivative;                                                                                           \
    }                                                                                                              \
  }
HB_UNARY(PlainErf, std::erf(x), dy* kTwoOverRootPi* ops::exp(-ops::square(x)));
struct ErfFn : PlainErfFn {
  static constexpr const char* kName = "Erf";
  static constexpr kernels::Unary kFast = kernels::Unary::kErf;
};
HB_UNARY(Erfc, std::erfc(x), dy * -kTwoOverRootPi * ops::exp(-ops::square(x)));
HB_UNARY(Erfinv, erfinv(static_cast<double>(x)), dy*(1 / kTwoOverRootPi) * ops::exp(ops::square(y)));
HB_UNARY(Ndtri, ndtri(static_cast<double>(x)), dy* kRootTwoPi* ops::exp(ops::square(y) / 2));
HB_UNARY(Lgamma, log_gamma(x), dy* ops::digamma(x));
HB_UNARY(Digamma, digamma(static_cast<double>(x)), dy* call_op1("Polygamma", {ops::ones_like(x), x}));
#undef HB_UNARY

}  // namespace
}  // namespace hornbeam

HB_REGISTER(unary_special) {
  using namespace hornbeam;
  add_op(unary_op<ErfFn, FloatTypes>());
  add_op(unary_op<ErfcFn, FloatTypes>());
  add_op(unary_op<ErfinvFn, FloatTypes>());
  add_op(unary_op<NdtriFn, FloatTypes>());
  add_op(unary_op<LgammaFn, FloatTypes>());
  add_op(unary_op<DigammaFn, FloatTypes>());
}
