#include "ops/kernels/gemm.h"

#include "ops/kernels/reference.h"

namespace hornbeam::kernels {
namespace {

using testing::expect_near;
using testing::numbers;

struct Case {
  int64_t m, n, k;
};

std::vector<double> product(const Case& t, const std::vector<float>& a, int64_t lda, const std::vector<float>& b) {
  std::vector<double> c(static_cast<size_t>(t.m * t.n));
  for (int64_t i = 0; i < t.m; ++i)
    for (int64_t j = 0; j < t.n; ++j)
      for (int64_t k = 0; k < t.k; ++k)
        c[static_cast<size_t>(i * t.n + j)] += static_cast<double>(a[static_cast<size_t>(i * lda + k)]) *
                                               static_cast<double>(b[static_cast<size_t>(k * t.n + j)]);
  return c;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> v;
    for (int64_t m : {1, 2, 3, 5, 6, 7, 11, 13, 49})
      for (int64_t n : {1, 7, 8, 9, 10, 16, 17, 24, 31, 40, 64, 65, 130})
        for (int64_t k : {1, 3, 64, 257}) v.push_back({m, n, k});
    v.push_back({300, 33, 600});
    v.push_back({16, 512, 784});
    v.push_back({1, 1000, 1280});
    v.push_back({4, 4, 0});
    return v;
  }();
  return all;
}

TEST(Gemm, PackedMatchesReference) {
  for (const Case& t : cases()) {
    SCOPED_TRACE(::testing::Message() << t.m << "x" << t.k << "x" << t.n);
    const int64_t lda = t.k + 3;
    const auto a = numbers(t.m * lda, 1), b = numbers(t.k * t.n, 2);
    std::vector<float> c(static_cast<size_t>(t.m * t.n) + 1, 77.0F);
    gemm(t.m, a.data(), lda, PackedB(t.k, t.n, b.data(), t.n), c.data(), t.n);
    expect_near(product(t, a, lda, b), c.data(), 2e-6, std::sqrt(static_cast<double>(t.k)));
    EXPECT_EQ(c.back(), 77.0F);  // nothing past the end
  }
}

TEST(Gemm, PackedFromTransposed) {
  const Case t{7, 19, 33};
  const auto a = numbers(t.m * t.k, 1), b = numbers(t.k * t.n, 2);
  std::vector<float> bt(b.size()), c(static_cast<size_t>(t.m * t.n));
  for (int64_t k = 0; k < t.k; ++k)
    for (int64_t j = 0; j < t.n; ++j) bt[static_cast<size_t>(j * t.k + k)] = b[static_cast<size_t>(k * t.n + j)];
  gemm(t.m, a.data(), t.k, PackedB(t.k, t.n, bt.data(), t.k, true), c.data(), t.n);
  expect_near(product(t, a, t.k, b), c.data(), 2e-6, 6);
}

TEST(Gemm, Epilogues) {
  for (const Case& t : {Case{1, 37, 50}, Case{13, 37, 300}, Case{6, 64, 64}}) {
    const auto a = numbers(t.m * t.k, 1), b = numbers(t.k * t.n, 2), bias = numbers(t.n, 3), r = numbers(t.m * t.n, 4);
    const PackedB packed(t.k, t.n, b.data(), t.n);
    for (const Activation f : {Activation{}, Activation{Unary::kRelu}, Activation{Unary::kRelu6}, clip(-0.25F, 0.5F),
                               Activation{Unary::kSigmoid}, Activation{Unary::kTanh}, Activation{Unary::kGelu},
                               Activation{Unary::kSwish}, elu(0.5F), leaky_relu(0.1F)}) {
      auto want = product(t, a, t.k, b);
      for (size_t i = 0; i < want.size(); ++i)
        want[i] = testing::reference_activation(
            f, want[i] + static_cast<double>(bias[i % static_cast<size_t>(t.n)]) + static_cast<double>(r[i]));
      std::vector<float> c = r;  // the residual is the output itself
      gemm(t.m, a.data(), t.k, packed, c.data(), t.n, {bias.data(), c.data(), 0, f});
      expect_near(want, c.data(), 4e-6, 8);
    }
  }
}

TEST(Gemm, SameBitsForAnyParts) {
  for (const Case& t : {Case{1, 130, 300}, Case{49, 130, 300}, Case{400, 40, 520}, Case{6, 7, 8}}) {
    const auto a = numbers(t.m * t.k, 1), b = numbers(t.k * t.n, 2), bias = numbers(t.n, 3);
    const PackedB packed(t.k, t.n, b.data(), t.n);
    std::vector<float> whole(static_cast<size_t>(t.m * t.n)), split(whole.size());
    const Epilogue e{bias.data(), nullptr, 0, {Unary::kTanh}};
    gemm_part(t.m, a.data(), t.k, packed, whole.data(), t.n, e, {0, 1});
    for (int parts : {2, 3, 5}) {
      for (int i = 0; i < parts; ++i) gemm_part(t.m, a.data(), t.k, packed, split.data(), t.n, e, {i, parts});
      EXPECT_EQ(whole, split) << parts;
    }
  }
}

template <class T>
void strided() {
  for (const Case& t : cases()) {
    SCOPED_TRACE(::testing::Message() << t.m << "x" << t.k << "x" << t.n);
    const auto a = numbers(t.m * t.k, 1), b = numbers(t.k * t.n, 2);
    const auto want = product(t, a, t.k, b);
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        std::vector<T> sa(a.size()), sb(b.size()), c(want.size());
        for (int64_t i = 0; i < t.m; ++i)
          for (int64_t k = 0; k < t.k; ++k)
            sa[static_cast<size_t>(ta ? k * t.m + i : i * t.k + k)] =
                static_cast<T>(a[static_cast<size_t>(i * t.k + k)]);
        for (int64_t k = 0; k < t.k; ++k)
          for (int64_t j = 0; j < t.n; ++j)
            sb[static_cast<size_t>(tb ? j * t.k + k : k * t.n + j)] =
                static_cast<T>(b[static_cast<size_t>(k * t.n + j)]);
        const Strided<T> va = ta ? Strided<T>{sa.data(), 1, t.m} : Strided<T>{sa.data(), t.k, 1};
        const Strided<T> vb = tb ? Strided<T>{sb.data(), 1, t.k} : Strided<T>{sb.data(), t.n, 1};
        gemm_strided(t.m, t.n, t.k, va, vb, c.data(), t.n);
        const std::vector<float> got(c.begin(), c.end());
        expect_near(want, got.data(), 2e-6, std::sqrt(static_cast<double>(t.k)));
      }
  }
}
TEST(Gemm, StridedFloat) { strided<float>(); }
TEST(Gemm, StridedDouble) { strided<double>(); }

TEST(Gemm, Batched) {
  const Case t{9, 12, 20};
  const int64_t batch = 5;
  const auto a = numbers(batch * t.m * t.k, 1), b = numbers(t.k * t.n, 2);
  std::vector<float> c(static_cast<size_t>(batch * t.m * t.n));
  gemm_batched<float>(batch, t.m, t.n, t.k, {a.data(), t.k, 1}, t.m * t.k, {b.data(), t.n, 1}, 0, c.data(), t.n,
                      t.m * t.n);
  expect_near(product({batch * t.m, t.n, t.k}, a, t.k, b), c.data(), 2e-6, 5);
}

}  // namespace
}  // namespace hornbeam::kernels
