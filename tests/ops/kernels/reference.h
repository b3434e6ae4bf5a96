// Naive double-precision versions of the kernels, and numbers to feed them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "ops/kernels/conv.h"

namespace hornbeam::kernels::testing {

// Repeatable numbers in [-1, 1).
inline std::vector<float> numbers(int64_t n, uint32_t seed = 1) {
  std::vector<float> v(static_cast<size_t>(n));
  uint32_t s = seed * 2654435761U + 12345U;
  for (float& x : v) {
    s = s * 1664525U + 1013904223U;
    x = static_cast<float>(s >> 8) / static_cast<float>(1 << 23) - 1.0F;
  }
  return v;
}

// |got - want| <= tolerance * (|want| + scale)
inline void expect_near(const std::vector<double>& want, const float* got, double tolerance, double scale = 1.0) {
  size_t bad = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    const double g = static_cast<double>(got[i]);
    if (!(std::abs(g - want[i]) <= tolerance * (std::abs(want[i]) + scale)) && ++bad <= 3)
      ADD_FAILURE() << "element " << i << ": want " << want[i] << ", got " << g;
  }
  EXPECT_EQ(bad, 0U) << "of " << want.size();
}

inline double reference_activation(const Activation& f, double x) {
  const double a = static_cast<double>(f.alpha), b = static_cast<double>(f.beta);
  const auto sigmoid = [](double t) { return 1.0 / (1.0 + std::exp(-t)); };
  const auto bound = [](double t, double low, double high) {
    return std::isnan(t) ? t : std::min(std::max(t, low), high);
  };
  const auto softplus = [](double t) { return std::max(t, 0.0) + std::log1p(std::exp(-std::abs(t))); };
  switch (f.op) {
    case Unary::kIdentity:
      return x;
    case Unary::kRelu:
      return std::isnan(x) ? x : std::max(x, 0.0);
    case Unary::kRelu6:
      return bound(x, 0, 6);
    case Unary::kClip:
      return bound(x, a, b);
    case Unary::kLeakyRelu:
      return x < 0 ? a * x : x;
    case Unary::kThresholdedRelu:
      return x <= a ? 0 : x;
    case Unary::kElu:
      return x < 0 ? a * std::expm1(x) : x;
    case Unary::kSelu:
      return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * std::expm1(x) : x);
    case Unary::kSigmoid:
      return sigmoid(x);
    case Unary::kHardSigmoid:
      return bound(a * x + b, 0, 1);
    case Unary::kTanh:
      return std::tanh(x);
    case Unary::kGelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case Unary::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    case Unary::kSwish:
      return x * sigmoid(x);
    case Unary::kHardSwish:
      return x * bound(x / 6 + 0.5, 0, 1);
    case Unary::kMish:
      return x * std::tanh(softplus(x));
    case Unary::kSoftplus:
      return softplus(x);
    case Unary::kSoftsign:
      return x / (1 + std::abs(x));
    case Unary::kExp:
      return std::exp(x);
    case Unary::kExpm1:
      return std::expm1(x);
    case Unary::kLog:
      return std::log(x);
    case Unary::kLog1p:
      return std::log1p(x);
    case Unary::kSqrt:
      return std::sqrt(x);
    case Unary::kRsqrt:
      return 1 / std::sqrt(x);
    case Unary::kSquare:
      return x * x;
    case Unary::kAbs:
      return std::abs(x);
    case Unary::kNeg:
      return -x;
    case Unary::kReciprocal:
      return 1 / x;
    case Unary::kErf:
      return std::erf(x);
    case Unary::kSign:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case Unary::kFloor:
      return std::floor(x);
    case Unary::kCeil:
      return std::ceil(x);
    case Unary::kRound:
      return std::nearbyint(x);
    case Unary::kAffine:
      return a * x + b;
  }
  return x;
}

}  // namespace hornbeam::kernels::testing
