// Zeta (Hurwitz's) and Polygamma.
#include <cmath>
#include <limits>

#include "ops/binary_op.h"
#include "ops/special_functions.h"

namespace hornbeam {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// sum over k >= 0 of (q + k)^-x: the first terms, then Euler and Maclaurin's formula for the rest.
double zeta(double x, double q) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  if (!(x > 1)) return kNaN;
  if (q <= 0) {
    if (q == std::floor(q)) {
      const bool even = x == std::floor(x) && std::fmod(x, 2) == 0;
      return even ? std::numeric_limits<double>::infinity() : kNaN;
    }
    if (x != std::floor(x)) return kNaN;
  }
  constexpr double kBernoulli[] = {1.0 / 6,       -1.0 / 30, 1.0 / 42,      -1.0 / 30,     5.0 / 66,
                                   -691.0 / 2730, 7.0 / 6,   -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};
  double sum = 0;
  for (int k = 0; k < 12 || q < 12; ++k, q += 1) sum += std::pow(q, -x);
  sum += std::pow(q, 1 - x) / (x - 1) + 0.5 * std::pow(q, -x);
  double factor = x, power = std::pow(q, -x - 1), factorial = 2;
  for (int j = 0; j < 10; ++j) {
    sum += kBernoulli[j] / factorial * factor * power;
    const double n = 2 * j + 1;
    factor *= (x + n) * (x + n + 1);
    power /= q * q;
    factorial *= (n + 2) * (n + 3);
  }
  return sum;
}

double polygamma(double n, double x) {
  if (n != std::floor(n) || n < 0) return kNaN;
  if (n == 0) return digamma(x);
  const double sign = std::fmod(n, 2) == 0 ? -1 : 1;
  return sign * std::tgamma(n + 1) * zeta(n + 1, x);
}

struct ZetaFn {
  static constexpr const char* kName = "Zeta";
  template <class C>
  static C apply(C x, C q) {
    return static_cast<C>(zeta(static_cast<double>(x), static_cast<double>(q)));
  }
};
struct PolygammaFn {
  static constexpr const char* kName = "Polygamma";
  template <class C>
  static C apply(C n, C x) {
    return static_cast<C>(polygamma(static_cast<double>(n), static_cast<double>(x)));
  }
};

// By the second argument alone, as TensorFlow's.
Tensors zeta_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &q = c.input(1);
  return {{}, BroadcastSums::sum(c.grad() * (-x * call_op1("Zeta", {x + 1, q})), q, x)};
}
Tensors polygamma_gradient(const GradientContext& c) {
  const auto &n = c.input(0), &x = c.input(1);
  return {{}, BroadcastSums::sum(c.grad() * call_op1("Polygamma", {n + 1, x}), x, n)};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(zeta) {
  using namespace hornbeam;
  using SimpleFloats = Types<float, double>;
  add_op(binary_op<ZetaFn, SimpleFloats>(ZetaFn::kName, "x: T", "q: T").gradient(zeta_gradient));
  add_op(binary_op<PolygammaFn, SimpleFloats>(PolygammaFn::kName, "a: T", "x: T").gradient(polygamma_gradient));
}
