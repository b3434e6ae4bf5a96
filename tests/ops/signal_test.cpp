// Gradients of Fourier transforms, whose numbers are complex, against finite differences; and what the transforms
// refuse.
#include <gtest/gtest.h>

#include <random>

#include "hornbeam/errors.hpp"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/ops.hpp"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

Tensor numbers(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  auto t = Tensor::empty(DType::float64, shape);
  for (auto& v : t.mutable_data<double>()) v = normal(random);
  return t;
}

Tensor real(const Tensor& z) { return call_op1("Real", {z}, {{"Tout", DType::float64}}); }
Tensor imag(const Tensor& z) { return call_op1("Imag", {z}, {{"Tout", DType::float64}}); }
Tensor joined(const Tensor& x, const Tensor& y) { return call_op1("Complex", {x, y}, {{"Tout", DType::complex128}}); }
Tensor length(std::int64_t n) { return Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(n)}); }
// A number of all that is in z.
Tensor number_of(const Tensor& z) {
  const auto weight = [&](unsigned seed) { return numbers(z.shape(), seed); };
  return ops::reduce_sum(real(z) * weight(5) + imag(z) * weight(6)) +
         ops::reduce_sum(call_op1("ComplexAbs", {z}, {{"Tout", DType::float64}}) * weight(7));
}

template <class F>
void expect_gradient(const std::vector<Tensor>& inputs, const F& f) {
  GradientTape tape;
  tape.watch(inputs);
  const Tensor y = f(inputs);
  tape.stop();
  const auto found = tape.gradient({y}, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_TRUE(found[i].defined());
    ASSERT_EQ(found[i].shape(), inputs[i].shape());
    const auto direction = numbers(inputs[i].shape(), 11);
    const auto at = [&](double step) {
      auto moved = inputs;
      moved[i] = inputs[i] + direction * step;
      return Tensor(f(moved)).item<double>();
    };
    const double numeric = (at(1e-6) - at(-1e-6)) / 2e-6;
    const Tensor along = ops::reduce_sum(found[i] * direction);
    EXPECT_NEAR(along.item<double>(), numeric, 1e-6 * std::max(1.0, std::abs(numeric)));
  }
}

TEST(Fourier, RealTransformsHaveGradients) {
  for (const std::int64_t n : {1, 2, 3, 4, 5, 8, 12, 15}) {
    SCOPED_TRACE(n);
    expect_gradient({numbers({2, n}, 1)}, [&](const std::vector<Tensor>& x) {
      return number_of(call_op1("RFFT", {x[0], length(n)}, {{"Tcomplex", DType::complex128}}));
    });
    const Shape bins{2, n / 2 + 1};
    expect_gradient({numbers(bins, 2), numbers(bins, 3)}, [&](const std::vector<Tensor>& x) {
      const auto y = call_op1("IRFFT", {joined(x[0], x[1]), length(n)}, {{"Treal", DType::float64}});
      return ops::reduce_sum(y * numbers({2, n}, 4));
    });
  }
}

TEST(Fourier, ComplexTransformsHaveGradients) {
  for (const std::int64_t n : {1, 2, 3, 6, 8}) {
    SCOPED_TRACE(n);
    for (const char* op : {"FFT", "IFFT", "Conj"}) {
      expect_gradient({numbers({3, n}, 1), numbers({3, n}, 2)},
                      [&](const std::vector<Tensor>& x) { return number_of(call_op1(op, {joined(x[0], x[1])})); });
    }
  }
}

TEST(Fourier, OnlyTheFirstNumbersCount) {
  expect_gradient({numbers({2, 7}, 1)}, [&](const std::vector<Tensor>& x) {
    return number_of(call_op1("RFFT", {x[0], length(4)}, {{"Tcomplex", DType::complex128}}));
  });
}

TEST(Fourier, RefusesShortInputs) {
  EXPECT_THROW(call_op1("RFFT", {numbers({3}, 1), length(4)}, {{"Tcomplex", DType::complex128}}), InvalidArgumentError);
  EXPECT_THROW(call_op1("RFFT", {numbers({3}, 1), length(-1)}, {{"Tcomplex", DType::complex128}}),
               InvalidArgumentError);
  const auto z = joined(numbers({2}, 1), numbers({2}, 2));
  EXPECT_THROW(call_op1("IRFFT", {z, length(8)}, {{"Treal", DType::float64}}), InvalidArgumentError);
}

TEST(RandomGamma, HasTheMeanAndTheSpreadOfItsAlpha) {
  const auto alpha = Tensor::from<float>({3}, {0.5F, 1, 4});
  const auto x =
      call_op1("RandomGamma", {Tensor::from<std::int32_t>({1}, {20000}), alpha}, {{"seed", std::int64_t{7}}});
  ASSERT_EQ(x.shape(), (Shape{20000, 3}));
  const auto mean = ops::reduce_mean(x, 0), spread = ops::reduce_variance(x, 0);
  for (std::size_t i = 0; i < 3; ++i) {  // both are alpha
    const double a = static_cast<double>(alpha.data<float>()[i]);
    EXPECT_NEAR(static_cast<double>(mean.data<float>()[i]), a, 6 * std::sqrt(a / 20000));
    EXPECT_NEAR(static_cast<double>(spread.data<float>()[i]), a, 6 * std::sqrt((2 * a * a + 6 * a) / 20000));
  }
}

TEST(MatrixSolve, RefusesSingularMatrices) {
  const auto a = Tensor::from<double>({2, 2}, {1, 2, 2, 4}), b = numbers({2, 1}, 1);
  EXPECT_THROW(call_op1("MatrixSolve", {a, b}), InvalidArgumentError);
  EXPECT_THROW(call_op1("MatrixInverse", {a}), InvalidArgumentError);
}

}  // namespace
}  // namespace hornbeam
