#include "keras/initializers/windows.h"

#include <cmath>
#include <functional>
#include <map>
#include <numbers>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

constexpr double kPi = std::numbers::pi;

// Point i of n (more than one).
using Point = std::function<double(double i, double n)>;

Point cosines(std::vector<double> weights) {
  return [weights = std::move(weights)](double i, double n) {
    const double at = -kPi + 2 * kPi * i / (n - 1);
    double sum = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * std::cos(static_cast<double>(k) * at);
    return sum;
  };
}

// From the nearer end, counted from zero.
double from_end(double i, double n) { return std::min(i, n - 1 - i); }

double triangle(double i, double n) {
  const double k = from_end(i, n) + 1;
  return std::fmod(n, 2) == 0 ? (2 * k - 1) / n : 2 * k / (n + 1);
}
double bartlett(double i, double n) { return 2 * from_end(i, n) / (n - 1); }
double parzen(double i, double n) {
  const double x = std::abs(i - (n - 1) / 2), share = x / (n / 2);
  return x <= (n - 1) / 4 ? 1 - 6 * share * share + 6 * share * share * share : 2 * std::pow(1 - share, 3);
}
double bohman(double i, double n) {
  if (i == 0 || i == n - 1) return 0;
  const double x = std::abs(-1 + 2 * i / (n - 1));
  return (1 - x) * std::cos(kPi * x) + std::sin(kPi * x) / kPi;
}
double barthann(double i, double n) {
  const double x = std::abs(i / (n - 1) - 0.5);
  return 0.62 - 0.48 * x + 0.38 * std::cos(2 * kPi * x);
}
double cosine(double i, double n) { return std::sin(kPi / n * (i + 0.5)); }
double exponential(double i, double n) { return std::exp(-std::abs(i - (n - 1) / 2)); }
double tukey(double i, double n) {
  constexpr double kShare = 0.5;
  const double width = std::floor(kShare * (n - 1) / 2), k = from_end(i, n);
  return k > width ? 1 : 0.5 * (1 + std::cos(kPi * (-1 + 2 * k / kShare / (n - 1))));
}
double lanczos(double i, double n) {
  const double x = kPi * (2 * i / (n - 1) - 1);
  return x == 0 ? 1 : std::sin(x) / x;
}
// Four side lobes, 30 dB down; one in the middle.
double taylor(double i, double n) {
  constexpr int kBars = 4;
  const double a = std::acosh(std::pow(10.0, 30.0 / 20)) / kPi;
  const double s2 = kBars * kBars / (a * a + (kBars - 0.5) * (kBars - 0.5));
  double f[kBars];
  for (int m = 1; m < kBars; ++m) {
    double above = m % 2 == 1 ? 1 : -1, below = 2;
    for (int k = 1; k < kBars; ++k) {
      above *= 1 - m * m / s2 / (a * a + (k - 0.5) * (k - 0.5));
      if (k != m) below *= 1 - static_cast<double>(m * m) / (k * k);
    }
    f[m] = above / below;
  }
  const auto at = [&](double x) {
    double sum = 1;
    for (int m = 1; m < kBars; ++m) sum += 2 * f[m] * std::cos(2 * kPi * m * (x - n / 2 + 0.5) / n);
    return sum;
  };
  return at(i) / at((n - 1) / 2);
}

const std::map<std::string, Point>& windows() {
  static const std::map<std::string, Point> all = [] {
    std::map<std::string, Point> map;
    const auto add = [&](std::initializer_list<const char*> names, const Point& point) {
      for (const auto* name : names) map[name] = point;
    };
    add({"boxcar", "box", "ones", "rect", "rectangular"}, [](double, double) { return 1.0; });
    add({"triang", "triangle", "tri"}, triangle);
    add({"parzen", "parz", "par"}, parzen);
    add({"bohman", "bman", "bmn"}, bohman);
    add({"blackman", "black", "blk"}, cosines({0.42, 0.50, 0.08}));
    add({"nuttall", "nutl", "nut"}, cosines({0.3635819, 0.4891775, 0.1365995, 0.0106411}));
    add({"blackmanharris", "blackharr", "bkh"}, cosines({0.35875, 0.48829, 0.14128, 0.01168}));
    add({"flattop", "flat", "flt"}, cosines({0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}));
    add({"bartlett", "bart", "brt"}, bartlett);
    add({"barthann", "brthan", "bth"}, barthann);
    add({"hamming", "hamm", "ham"}, cosines({0.54, 0.46}));
    add({"hann", "han"}, cosines({0.5, 0.5}));
    add({"cosine", "halfcosine"}, cosine);
    add({"exponential", "poisson"}, exponential);
    add({"tukey", "tuk"}, tukey);
    add({"lanczos", "sinc"}, lanczos);
    add({"taylor", "taylorwin"}, taylor);
    return map;
  }();
  return all;
}

}  // namespace

std::vector<double> window_values(const std::string& name, std::size_t n, bool periodic) {
  const auto it = windows().find(name);
  if (it == windows().end()) throw ValueError("Unknown window type: " + name);
  std::vector<double> w(n, 1.0);
  if (n < 2) return w;
  const auto points = static_cast<double>(periodic ? n + 1 : n);
  for (std::size_t i = 0; i < n; ++i) w[i] = it->second(static_cast<double>(i), points);
  return w;
}

}  // namespace hornbeam
