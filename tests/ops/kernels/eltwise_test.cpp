#include "ops/kernels/eltwise.h"

#include <cfloat>
#include <cstring>
#include <limits>

#include "ops/kernels/reference.h"
#include "ops/kernels/rows.h"
#include "ops/kernels/simd_targets.h"
//
#include <hwy/targets.h>

namespace hornbeam::kernels {
namespace {

using testing::numbers;

constexpr float kInf = std::numeric_limits<float>::infinity();
size_t at(int64_t i) { return static_cast<size_t>(i); }

// Units in the last place between a float and the true value.
double ulps(double want, float got) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : 1e30;
  if (std::abs(want) > static_cast<double>(FLT_MAX))
    return static_cast<double>(got) == (want > 0 ? HUGE_VAL : -HUGE_VAL) ? 0 : 1e30;
  int e = 0;
  std::frexp(want, &e);
  const double unit = std::max(std::ldexp(1.0, e - 24), static_cast<double>(FLT_MIN) * 0x1p-23);
  return std::abs(want - static_cast<double>(got)) / unit;
}

// Functions with the most error allowed, in ulp, and the range tried. Where products are rounded before they are added
// (no fused multiply-add: the baseline of x86), an ulp more.
struct Accuracy {
  Activation f;
  float low, high;
  double most;
};

TEST(Eltwise, Accuracy) {
  const bool fused = (hwy::SupportedTargets() & (HWY_AVX2 | HWY_AVX3 | HWY_NEON)) != 0;
  const double unfused = fused ? 0 : 1;
  for (const Accuracy& t :
       std::vector<Accuracy>{{{Unary::kExp}, -103, 89, 2},       {{Unary::kTanh}, -12, 12, 5},
                             {{Unary::kSigmoid}, -80, 80, 3},    {{Unary::kErf}, -5, 5, 6},
                             {{Unary::kLog}, 1e-30F, 100, 2},    {{Unary::kLog1p}, -0.999F, 50, 4},
                             {{Unary::kExpm1}, -20, 80, 6},      {{Unary::kSoftplus}, -50, 50, 4},
                             {{Unary::kSwish}, -80, 80, 4},      {elu(1), -20, 5, 6},
                             {{Unary::kSelu}, -20, 5, 7},        {{Unary::kSqrt}, 0, 100, 0.6},
                             {{Unary::kRsqrt}, 0.01F, 100, 1.6}, {{Unary::kSoftsign}, -9, 9, 2},
                             {{Unary::kGelu}, -0.5F, 6, 5},      {{Unary::kTanh}, -0.01F, 0.01F, 5},
                             {{Unary::kErf}, -0.01F, 0.01F, 4},  {{Unary::kExpm1}, -1e-3F, 1e-3F, 6},
                             {{Unary::kReciprocal}, 1, 9, 0.6},  {{Unary::kMish}, -0.5F, 20, 8},
                             {{Unary::kLog1p}, -1e-4F, 1e-4F, 4}}) {
    const int64_t n = 100003;
    std::vector<float> x = numbers(n), y(x.size());
    for (float& v : x) v = t.low + (v + 1) * 0.5F * (t.high - t.low);
    map(t.f, n, x.data(), y.data());
    double worst = 0;
    float where = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double e = ulps(testing::reference_activation(t.f, static_cast<double>(x[at(i)])), y[at(i)]);
      if (e > worst) worst = e, where = x[at(i)];
    }
    EXPECT_LE(worst, t.most + unfused) << "op " << static_cast<int>(t.f.op) << " at " << where;
  }
}

TEST(Eltwise, EveryOpMatchesReferenceAtSpecialValues) {
  const std::vector<float> x = {
      0.0F,   -0.0F, 1,    -1,    0.5F,   -0.5F,  2.5F,    3.5F, -2.5F, 7,
      -7,     100,   -100, 1e30F, -1e30F, 1e-30F, -1e-30F, kInf, -kInf, std::numeric_limits<float>::quiet_NaN(),
      1e-40F, 88.7F, 89};
  for (int op = 0; op <= static_cast<int>(Unary::kAffine); ++op) {
    const Activation f{static_cast<Unary>(op), 0.25F, 0.75F};
    std::vector<float> y(x.size());
    map(f, static_cast<int64_t>(x.size()), x.data(), y.data());
    for (size_t i = 0; i < x.size(); ++i) {
      // Exact formulas give NaN at infinity times zero; so do ours.
      const double want = testing::reference_activation(f, static_cast<double>(x[i]));
      const bool cancels = (f.op == Unary::kGelu || f.op == Unary::kGeluTanh || f.op == Unary::kMish);
      if (cancels && std::isinf(x[i])) continue;
      if (std::isnan(want)) {
        EXPECT_TRUE(std::isnan(y[i])) << op << " at " << x[i] << ": " << y[i];
      } else if (std::abs(want) > static_cast<double>(FLT_MAX)) {
        EXPECT_EQ(static_cast<double>(y[i]), want > 0 ? HUGE_VAL : -HUGE_VAL) << op << " at " << x[i];
      } else {
        EXPECT_NEAR(static_cast<double>(y[i]), want, 1e-6 * (cancels ? std::abs(want) + 1 : std::abs(want)) + 1e-38)
            << op << " at " << x[i];
      }
    }
  }
}

TEST(Eltwise, Binary) {
  for (int64_t rows : {1, 3, 200})
    for (int64_t columns : {1, 7, 8, 33, 700}) {
      auto x = numbers(rows * columns, 1), y = numbers(rows * columns, 2);
      for (size_t i = 0; i < y.size(); ++i) y[i] = y[i] < 0 ? y[i] - 0.5F : y[i] + 0.5F;
      const auto value = [](Binary op, double a, double b) {
        switch (op) {
          case Binary::kAdd:
            return a + b;
          case Binary::kSub:
            return a - b;
          case Binary::kMul:
            return a * b;
          case Binary::kDiv:
            return a / b;
          case Binary::kMaximum:
            return std::max(a, b);
          case Binary::kMinimum:
            return std::min(a, b);
          case Binary::kSquaredDifference:
            return (a - b) * (a - b);
          case Binary::kPow:
            return std::pow(a, b);
          case Binary::kReluGrad:
            return b > 0 ? a : 0.0;
          case Binary::kRelu6Grad:
            return b > 0 && b < 6 ? a : 0.0;
          case Binary::kEluGrad:
            return b < 0 ? a * (b + 1) : a;
          case Binary::kSeluGrad:
            return a * (b < 0 ? b + 1.7580993408473768599 : 1.0507009873554804935);
          case Binary::kSoftplusGrad:
            return a / (1 + std::exp(-b));
          case Binary::kSoftsignGrad:
            return a / ((1 + std::abs(b)) * (1 + std::abs(b)));
          case Binary::kSigmoidGrad:
            return b * a * (1 - a);
          case Binary::kTanhGrad:
            return b * (1 - a * a);
          case Binary::kSqrtGrad:
            return b * 0.5 / a;
          case Binary::kRsqrtGrad:
            return b * -0.5 * a * a * a;
          case Binary::kReciprocalGrad:
            return -b * a * a;
        }
        return 0.0;
      };
      for (int k = 0; k <= static_cast<int>(Binary::kReciprocalGrad); ++k) {
        if (k == static_cast<int>(Binary::kPow) || k == static_cast<int>(Binary::kSqrtGrad)) continue;  // of positives
        const auto op = static_cast<Binary>(k);
        for (const int form : {0, 1, 2, 3})
          for (const bool reversed : {false, true}) {
            std::vector<float> z(x.size());
            std::vector<double> want(x.size());
            for (int64_t i = 0; i < rows * columns; ++i) {
              const int64_t j = form == 0 ? i : form == 1 ? 0 : form == 2 ? i % columns : i / columns;
              const double a = static_cast<double>(x[at(i)]), b = static_cast<double>(y[at(j)]);
              want[at(i)] = reversed ? value(op, b, a) : value(op, a, b);
            }
            if (form == 0 && reversed) continue;
            if (reversed && op == Binary::kDiv) continue;  // x may be near zero
            if (form == 0) binary(op, rows * columns, x.data(), y.data(), z.data());
            // A number, a row or a column for all; from either side.
            const std::vector<int64_t> shape{rows, columns}, full{columns, 1}, strides{form == 3, form == 2};
            if (form > 0 && reversed) binary_broadcast(op, shape, y.data(), strides, x.data(), full, z.data());
            if (form > 0 && !reversed) binary_broadcast(op, shape, x.data(), full, y.data(), strides, z.data());
            testing::expect_near(want, z.data(), 1e-6);
          }
      }
    }
}

TEST(Eltwise, Broadcast) {
  const std::vector<int64_t> shape = {2, 3, 4, 5};
  const auto strides_of = [&](int mask) {  // bit i: axis i is broadcast
    std::vector<int64_t> s(4);
    int64_t step = 1;
    for (int i = 3; i >= 0; --i) {
      const bool one = (mask >> i) & 1;
      s[static_cast<size_t>(i)] = one ? 0 : step;
      if (!one) step *= shape[static_cast<size_t>(i)];
    }
    return s;
  };
  const auto x = numbers(120, 1), y = numbers(120, 2);
  for (int mx = 0; mx < 16; ++mx)
    for (int my = 0; my < 16; ++my) {
      const auto xs = strides_of(mx), ys = strides_of(my);
      std::vector<float> z(120);
      binary_broadcast(Binary::kSub, shape, x.data(), xs, y.data(), ys, z.data());
      for (int64_t i = 0; i < 120; ++i) {
        const int64_t c[4] = {i / 60, i / 20 % 3, i / 5 % 4, i % 5};
        int64_t xo = 0, yo = 0;
        for (size_t k = 0; k < 4; ++k) xo += c[k] * xs[k], yo += c[k] * ys[k];
        ASSERT_EQ(z[at(i)], x[at(xo)] - y[at(yo)]) << mx << " " << my << " " << i;
      }
    }
}

TEST(Eltwise, AChainIsTheSameInParts) {
  for (int64_t rows : {1, 5, 1000})
    for (int64_t columns : {1, 9, 64, 3000}) {
      const auto x = numbers(rows * columns, 1), s = numbers(columns, 2), b = numbers(columns, 3),
                 r = numbers(rows * columns, 4);
      auto z = r;
      std::vector<double> want(x.size());
      for (size_t i = 0; i < x.size(); ++i) {
        const size_t c = i % static_cast<size_t>(columns);
        want[i] = std::max(0.0, static_cast<double>(x[i]) * static_cast<double>(s[c]) + static_cast<double>(b[c]));
      }
      const float* sources[] = {x.data(), s.data(), b.data(), z.data()};
      std::vector<ChainStep> steps(5);
      steps[0] = {.kind = ChainStep::Kind::kRow, .op = Binary::kMul, .source = 1};
      steps[1] = {.kind = ChainStep::Kind::kRow, .op = Binary::kAdd, .source = 2};
      steps[2] = {.kind = ChainStep::Kind::kMap, .map = {Unary::kRelu}};
      steps[3] = {.kind = ChainStep::Kind::kScalar, .op = Binary::kSub, .reversed = true, .value = 2};
      steps[4] = {.kind = ChainStep::Kind::kBinary, .op = Binary::kMul, .source = 3};
      run_chain_part(steps, rows, columns, sources, z.data(), {0, 1});
      for (size_t i = 0; i < want.size(); ++i) want[i] = (2 - want[i]) * static_cast<double>(r[i]);
      testing::expect_near(want, z.data(), 1e-6);
      std::vector<float> split = r;
      sources[3] = split.data();
      for (int p = 0; p < 3; ++p) run_chain_part(steps, rows, columns, sources, split.data(), {p, 3});
      EXPECT_EQ(z, split);
    }
}

TEST(Rows, Softmax) {
  for (int64_t rows : {1, 4, 300})
    for (int64_t columns : {1, 2, 10, 17, 1000}) {
      auto x = numbers(rows * columns, 1);
      for (float& v : x) v *= 30;
      std::vector<float> y(x.size());
      std::vector<double> soft(x.size()), logs(x.size());
      for (int64_t r = 0; r < rows; ++r) {
        double most = -1e30, sum = 0;
        const auto value = [&](int64_t c) { return static_cast<double>(x[at(r * columns + c)]); };
        for (int64_t c = 0; c < columns; ++c) most = std::max(most, value(c));
        for (int64_t c = 0; c < columns; ++c) sum += std::exp(value(c) - most);
        for (int64_t c = 0; c < columns; ++c) {
          const size_t i = at(r * columns + c);
          soft[i] = std::exp(value(c) - most) / sum;
          logs[i] = value(c) - most - std::log(sum);
        }
      }
      softmax(rows, columns, x.data(), y.data());
      testing::expect_near(soft, y.data(), 2e-6, 1e-12);
      log_softmax(rows, columns, x.data(), y.data());
      testing::expect_near(logs, y.data(), 2e-6);
    }
}

TEST(Rows, SoftmaxOfInfinities) {
  const std::vector<float> x = {-kInf, 0, 0, -kInf};
  std::vector<float> y(4);
  softmax(1, 4, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{0, 0.5F, 0.5F, 0}));
}

TEST(Eltwise, NaNInMaximum) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x(9, nan), y(9, 1.0F);
  std::vector<float> z(9);
  for (const Binary op : {Binary::kMaximum, Binary::kMinimum}) {
    binary(op, 9, x.data(), y.data(), z.data());
    for (float v : z) EXPECT_TRUE(std::isnan(v));
    binary(op, 9, y.data(), x.data(), z.data());
    for (float v : z) EXPECT_TRUE(std::isnan(v));
  }
}

}  // namespace
}  // namespace hornbeam::kernels
